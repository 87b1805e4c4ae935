"""The text of the mail about a batch that went back to its review when it was confirmed."""

from __future__ import annotations

from services.notification.domain.mail.content import BatchReturned
from services.notification.formats.mail.mail_text import Button, MailText
from services.notification.formats.mail.phrases import called, hello, many


def batch_returned(content: BatchReturned, company: str, review: str) -> MailText:
    """To the admin who confirmed: the batch needs another look, and why."""
    heading, why = _too_few(content) if content.reason == "licenses_exceeded" else _otherwise(content)
    return MailText(
        subject=f"{heading}: {called(content.file_name)}",
        preview="Nothing has happened yet.",
        heading=heading,
        greeting=hello(content.admin_name),
        paragraphs=(why, "Nothing has happened yet: nobody was invited and nobody was changed."),
        button=Button("Open the review", review),
        footer=f"You get this mail because you confirmed this batch for {company}.",
    )


def _too_few(content: BatchReturned) -> tuple[str, str]:
    name, seats = called(content.file_name), content.methodologies
    licenses = content.requested > content.available
    if licenses and not seats:
        return (
            "Nobody was invited: there are not enough licenses",
            f"{name} needs {_licenses(content)}: others took some after your review. "
            "Free licenses in My Team or buy some and check the file again, or remove new users and reupload it.",
        )
    if licenses:
        return (
            "Nobody was invited: there are not enough licenses and seats",
            f"{name} needs {_listed([_licenses(content), *_seats(content)])}: others took some after your review. "
            "Free some in My Team or buy more and check the file again, or remove new users, take the methodology out "
            "of some rows, and reupload it.",
        )
    if seats:
        what = seats[0].methodology if len(seats) == 1 else "some methodologies"
        needs, where = _listed(_seats(content)), ""
    else:
        # Told before it was kept of which: the review says it.
        what, needs, where = "a methodology", "more seats of a methodology than are left", "The review says of which. "
    return (
        f"Nobody was invited: there are not enough seats of {what}",
        f"{name} needs {needs}: others took some after your review. {where}Withdraw some in My Team or buy more and "
        "check the file again, or take the methodology out of some rows and reupload it.",
    )


def _otherwise(content: BatchReturned) -> tuple[str, str]:
    return (
        "Your upload needs another look",
        f"My Team or your company’s settings changed after you reviewed {called(content.file_name)}, so some rows "
        "mean something else now. The file was checked again: review it, then confirm.",
    )


def _licenses(content: BatchReturned) -> str:
    return f"{many(content.requested, 'license', 'licenses')} and {_available(content.available)}"


def _seats(content: BatchReturned) -> list[str]:
    return [
        f"{many(one.requested, 'seat', 'seats')} of {one.methodology} and {_available(one.available)}"
        for one in content.methodologies
    ]


def _available(count: int) -> str:
    free = max(count, 0)
    return f"{free or 'none'} {'is' if free < 2 else 'are'} available"


def _listed(several: list[str]) -> str:
    return "; ".join(several)
