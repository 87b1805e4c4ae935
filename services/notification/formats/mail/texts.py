"""The texts of mails, all in one place. Plain words, short sentences; what is the case, then what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.notification.domain.mail.content import (
    ApprovalDeclined,
    ApprovalRequested,
    BatchFinished,
    Invitation,
    Reactivation,
    TakenBack,
    Undelivered,
    UndoFinished,
    UndoReturned,
    WebhookSwitchedOffMail,
)
from services.notification.formats.mail.mail_text import Button, MailText, Section
from services.notification.formats.mail.phrases import NOBODY, called, date, hello, many, named

PLANS = {"pro": "Pro", "connect": "Connect"}


def invitation(content: Invitation, recipient: str, company: str, link: str) -> MailText:
    """The personal invitation, first or again."""
    inviter = content.inviter_name or content.inviter_email or NOBODY
    paragraphs = [f"A place is reserved for you under {recipient}."]
    if content.transfer:
        paragraphs.append(_transfer(content.previous_plan))
    else:
        paragraphs.append(f"Open your invitation to join {company} in Usher.")
    if content.message:
        paragraphs.insert(0, f"{inviter} writes: “{content.message}”")
    if content.again:
        paragraphs.append("This is a new link: the one in an earlier mail no longer works.")
    return MailText(
        subject=f"{inviter} invites you to {company}" + (" (new link)" if content.again else ""),
        preview="Use your personal link to join."
        + (" You choose what happens to your earlier records." if content.transfer else ""),
        heading=f"{inviter} invites you to join {company}",
        greeting=hello(content.first_name),
        paragraphs=tuple(paragraphs),
        button=Button("See your invitation", link),
        link_note="If the button does not work, copy this address:",
        note=f"The link is personal: don’t forward it. It works for {many(days(content), 'day', 'days')}, "
        f"until {date(content.expires_at)}.",
        footer=f"You get this mail because {named(inviter, content.inviter_email)} invited you. "
        "If you don’t expect it, ignore it: nothing happens.",
    )


def reminder(content: Invitation, recipient: str, company: str, link: str) -> MailText:
    """To who has not answered: the same invitation, and until when it can be."""
    inviter = content.inviter_name or content.inviter_email or NOBODY
    until = date(content.expires_at)
    paragraphs = [
        f"This is a reminder: {named(inviter, content.inviter_email)} invited you on {date(content.issued_at)}, and "
        f"your place under {recipient} still waits for you."
    ]
    if content.transfer:
        paragraphs.append(_transfer(content.previous_plan))
    else:
        paragraphs.append(f"Open your invitation to join {company} in Usher.")
    return MailText(
        subject=f"Reminder: {inviter} invites you to {company}",
        preview=f"Your invitation can be used until {until}.",
        heading=f"Your invitation to {company} still waits",
        greeting=hello(content.first_name),
        paragraphs=tuple(paragraphs),
        button=Button("See your invitation", link),
        link_note="If the button does not work, copy this address:",
        note=f"It is the same link as in your invitation, and personal: don’t forward it. It works until {until}.",
        footer=f"You get this mail because {named(inviter, content.inviter_email)} invited you. "
        "If you don’t expect it, ignore it: nothing happens.",
    )


def sample(invitation: MailText) -> MailText:
    """The same mail, marked as what it is."""
    marked = "This is a sample that you asked for. Nobody has been invited by it, and its link leads nowhere."
    return replace(
        invitation,
        subject=f"Sample: {invitation.subject}",
        preview=marked,
        heading=f"Sample: {invitation.heading}",
        paragraphs=(marked, *invitation.paragraphs),
    )


def days(content: Invitation) -> int:
    """How many days its link works."""
    return max(1, round((content.expires_at - content.issued_at).total_seconds() / 86400))


def _transfer(previous_plan: str | None) -> str:
    plan = PLANS.get(previous_plan or "")
    have = f"you already have a {plan} plan" if plan else "you already have an account of your own"
    return (
        f"As {have} under this address, you have a choice: transfer your records into the company account, "
        "or start fresh and keep them apart. The next page explains both."
    )


def reactivation(content: Reactivation, company: str, link: str) -> MailText:
    """An Inactive user is Active again."""
    by = content.by_name or NOBODY
    return MailText(
        subject=f"You can use Usher at {company} again",
        preview=f"{by} has reactivated your account.",
        heading=f"Welcome back to {company}",
        greeting=hello(content.first_name),
        paragraphs=(f"{by} has reactivated your account at {company}. Sign in as before: all is as you left it.",),
        button=Button("Open Usher", link),
        footer=f"You get this mail because your account at {company} was reactivated.",
    )


def taken_back(content: TakenBack, company: str) -> MailText:
    """To who was invited: that is over. It says nothing to do, since there is nothing."""
    by = content.by_name or content.by_email or NOBODY
    return MailText(
        subject=f"Your invitation to {company} was taken back",
        preview="The link in your invitation no longer works.",
        heading=f"Your invitation to {company} was taken back",
        greeting=hello(""),
        paragraphs=(
            f"{by} has taken back your invitation to join {company} in Usher. The link in the earlier mail no longer "
            "works, and you don’t need to do anything.",
            f"If you think that this is a mistake, ask {named(by, content.by_email)}.",
        ),
        footer=f"You get this mail because you were invited to {company} under this address.",
    )


def undo_finished(content: UndoFinished, company: str, my_team: str) -> MailText:
    """To the admin: what was undone."""
    cancelled = f"{many(content.cancelled, 'invitation', 'invitations')} taken back"
    restored = f"{many(content.restored, 'user', 'users')} as before"
    return MailText(
        subject=f"Undone: {called(content.file_name)}",
        preview=f"{cancelled}, {restored}.",
        heading="Your undo has finished",
        greeting=hello(content.admin_name),
        paragraphs=(
            f"What you confirmed to undo of {called(content.file_name)} has been done. Who had got an invitation gets "
            "a mail that it was taken back.",
        ),
        facts=(("Invitations taken back", content.cancelled), ("Users as before", content.restored)),
        button=Button("Open My Team", my_team),
        footer=f"You get this mail because you confirmed this undo for {company}.",
    )


def undo_returned(content: UndoReturned, company: str, review: str) -> MailText:
    """To the admin who confirmed: the undo needs another look."""
    heading = "Your undo needs another look"
    return MailText(
        subject=f"{heading}: {called(content.file_name)}",
        preview="Nothing has been undone yet.",
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(
            f"My Team or your company’s settings changed after you reviewed what undoing {called(content.file_name)} "
            "does, so some of it would be otherwise now. Review it again, then confirm.",
            "Nothing has been undone yet: all of it is done at once, or nothing.",
        ),
        button=Button("Open the review", review),
        footer=f"You get this mail because you confirmed this undo for {company}.",
    )


def batch_finished(content: BatchFinished, company: str, my_team: str) -> MailText:
    """To the admin: what was done, and what could not be delivered."""
    undelivered = _undelivered(content)
    facts: list[tuple[str, int]] = [
        ("Invited", content.invited),
        ("Changed", content.changed),
        ("Invitation e-mails sent", content.sent),
        ("Failed deliveries", content.failed),
    ]
    if content.deferred:
        facts.append(("Still being delivered", content.deferred))
    return MailText(
        subject="Finished"
        + (f", with {_failed(content.failed)}" if content.failed else "")
        + f": {called(content.file_name)}",
        preview=f"{content.invited} invited, {content.changed} changed" + (f", {undelivered}." if undelivered else "."),
        heading="Your upload has finished" + (f". {_capital(undelivered)}" if undelivered else ""),
        greeting=hello(content.admin_name),
        paragraphs=(f"Everything in {called(content.file_name)} that you confirmed has been done.",),
        facts=tuple(facts),
        sections=tuple(_sections(content)),
        button=Button("Open My Team", my_team),
        footer=f"You get this mail because you confirmed this batch for {company}.",
    )


def _undelivered(content: BatchFinished) -> str:
    said: list[str] = []
    if content.failed:
        said.append(f"{many(content.failed, 'invitation', 'invitations')} could not be delivered")
    if content.deferred:
        said.append(f"{many(content.deferred, 'invitation is', 'invitations are')} still being delivered")
    return ", ".join(said)


def _sections(content: BatchFinished) -> Sequence[Section]:
    sections: list[Section] = []
    if content.failures:
        heading = "Failed delivery" if content.failed == 1 else "Failed deliveries"
        todo = "Correct the e-mail in My Team and resend the invitation, or cancel it to free the license."
        entries = tuple((_who(u), f"{_sentence(u.error)} {todo}") for u in content.failures)
        sections.append(Section(heading, entries, _more(content.failed, len(entries))))
    if content.deferrals:
        todo = "Their mail server puts it off. We keep trying; My Team shows how it goes."
        entries = tuple((_who(u), todo) for u in content.deferrals)
        sections.append(Section("Still being delivered", entries, _more(content.deferred, len(entries))))
    return sections


def approval_requested(content: ApprovalRequested, company: str, confirm: str) -> MailText:
    """To another admin: what a colleague wants to do, and that nothing has happened yet."""
    asker = content.asked_by_name or content.asked_by_email or NOBODY
    facts = (("To invite", content.invite), ("To change", content.change))
    return MailText(
        subject=f"{asker} asks for your approval: {called(content.file_name)}",
        preview="Nothing happens until another admin approves.",
        heading=f"{asker} asks for your approval",
        greeting=hello(content.admin_name),
        paragraphs=(
            f"{named(asker, content.asked_by_email)} has confirmed {called(content.file_name)}. At {company} so many "
            "invitations and changes need a second admin: look at what will happen, then approve or decline it.",
            "Nothing has happened yet: nobody was invited and nobody was changed. Without an approval it goes back to "
            f"its review on {date(content.until)}.",
        ),
        facts=tuple(fact for fact in facts if fact[1]),
        button=Button("See what will happen", confirm),
        footer=f"You get this mail because you can invite and change the users of {company}.",
    )


def approval_declined(content: ApprovalDeclined, company: str, batch: str) -> MailText:
    """To the admin who asked: it is back at its review, and why."""
    file = called(content.file_name)
    if content.declined_by_name is None:
        heading = "Nobody has approved your upload"
        why = f"No other admin has approved {file} in time. Confirm it again to ask once more."
    else:
        heading = f"{content.declined_by_name} did not approve your upload"
        said = f" They said: “{content.comment}”" if content.comment else ""
        why = f"{file} is back at its review.{said} Correct the file and reupload it, or confirm it again."
    return MailText(
        subject=f"{heading}: {file}",
        preview="Nothing has happened.",
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(why, "Nothing has happened: nobody was invited and nobody was changed."),
        button=Button("Open the review", batch),
        footer=f"You get this mail because you asked for an approval of this batch for {company}.",
    )


def webhook_switched_off(content: WebhookSwitchedOffMail, company: str, page: str) -> MailText:
    """To who registered a webhook: it is off, and how it is switched on again."""
    heading = f"Your webhook at {content.host} was switched off"
    if content.reason == "gone":
        why = f"{content.host} answered that nothing is wanted there any more (410 Gone)."
    else:
        why = f"Nothing could be delivered to {content.host} for days: each attempt failed."
    return MailText(
        subject=heading,
        preview="Nothing is delivered to it any more.",
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(
            f"{why} So nothing is delivered to it any more; what was on its way is kept for 30 days.",
            "When it works again, switch it on, and send again what failed, or replay what happened since. If it is "
            "not needed any more, delete it.",
        ),
        button=Button("Open Webhooks", page),
        footer=f"You get this mail because you registered this webhook for {company}.",
    )


def _who(content: Undelivered) -> str:
    return f"{content.name}, {content.email}" if content.name else content.email


def _failed(count: int) -> str:
    return many(count, "failed delivery", "failed deliveries")


def _more(count: int, shown: int) -> str | None:
    return f"and {count - shown} more: My Team shows them all." if count > shown else None


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(reason: str | None) -> str:
    said = (reason or "the mail server gave no reason").rstrip(". ")
    return f"The mail server said: {said}." if reason else f"{_capital(said)}."
