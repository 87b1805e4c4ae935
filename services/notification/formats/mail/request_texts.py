"""The texts of mails about requests for more licenses and seats, and about the batches that wait for them."""

from __future__ import annotations

from services.notification.domain.mail.content import BatchCheckedAgain, SeatsAnswered, SeatsRequested
from services.notification.formats.mail.mail_text import Button, MailText
from services.notification.formats.mail.phrases import NOBODY, called, hello, many, named


def seats_requested(content: SeatsRequested, company: str, access: str) -> MailText:
    """To who may authorize purchases: who asks for what, and what is theirs to do."""
    asker, wanted = content.asked_by_name or content.asked_by_email or NOBODY, _wanted(content)
    said = (f"They write: “{content.note}”",) if content.note else ()
    return MailText(
        subject=f"{asker} asks for {wanted} for {company}",
        preview="Order them where your company buys Usher, or tell them why not.",
        heading=f"{asker} asks for {wanted}",
        greeting=hello(content.purchaser_name),
        paragraphs=(
            f"{named(asker, content.asked_by_email)} needs more for {company} than it has bought in Usher.",
            *said,
            "Order them where your company buys Usher. They are there as soon as they are booked: nothing has to be "
            "entered here, and who asked is told by itself.",
        ),
        facts=_facts(content),
        button=Button("Open Access", access),
        footer=f"You get this mail because you may authorize purchases for {company}.",
    )


def seats_answered(content: SeatsAnswered, company: str, access: str) -> MailText:
    """To who asked: granted or declined, and what happens now."""
    wanted = _wanted(content)
    heading = f"{'Granted' if content.granted else 'Declined'}: {wanted}"
    if content.granted:
        what = f"Your request for {wanted} was granted. "
        what += "They are there as soon as they are booked."
        if content.batch_id:
            what += " Then the file that waits for them is checked again by itself, and you get a mail."
    else:
        what = (
            f"Your request for {wanted} was declined. Free licenses in My Team, or go on with fewer new users: "
            "remove some of them from the file and reupload it."
        )
    said = (f"They said: “{content.comment}”",) if content.comment else ()
    return MailText(
        subject=f"{heading} for {company}",
        preview=what,
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(what, *said),
        facts=_facts(content),
        button=Button("Open Access", access),
        footer=f"You get this mail because you asked for more for {company}.",
    )


def batch_checked_again(content: BatchCheckedAgain, company: str, batch: str) -> MailText:
    """To an admin of the batch: it is their turn again."""
    name = called(content.file_name)
    facts: tuple[tuple[str, int], ...] = (("To invite", content.invite), ("To change", content.change))
    if content.ready:
        heading, button = "Ready to confirm", Button("See what will happen", f"{batch}/confirm")
        what = (
            f"There is room for everybody in {name} now, so it was checked again. Look at what will happen, then "
            "confirm it."
        )
    else:
        heading, button = "There is room now, and something else is wrong", Button("Open the review", batch)
        rows = many(content.errors, "row needs", "rows need") if content.errors else "something in it needs"
        what = f"There is room for everybody in {name} now, so it was checked again: {rows} a correction."
        facts = ()
    return MailText(
        subject=f"{heading}: {name}",
        preview="Nothing has happened yet.",
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(what, "Nothing has happened yet: nobody was invited and nobody was changed."),
        facts=tuple(fact for fact in facts if fact[1]),
        button=button,
        footer=f"You get this mail because more was asked for so that this batch fits {company}.",
    )


def _wanted(content: SeatsRequested | SeatsAnswered) -> str:
    """What is asked for, in a few words: the facts say it all."""
    seats = sum(each.seats for each in content.methodologies)
    licenses = f"{content.licenses} more {'license' if content.licenses == 1 else 'licenses'}"
    of_methodologies = f"{seats} more methodology {'seat' if seats == 1 else 'seats'}"
    return " and ".join(text for text, there in ((licenses, content.licenses), (of_methodologies, seats)) if there)


def _facts(content: SeatsRequested | SeatsAnswered) -> tuple[tuple[str, int], ...]:
    licenses = (("Licenses", content.licenses),) if content.licenses else ()
    return (*licenses, *((each.methodology, each.seats) for each in content.methodologies))
