"""What became of mails, as the tests look at it."""

from __future__ import annotations

import re

from tests.integration.notification.harness import Harness, until
from tests.integration.notification.smtp import MailServerScript

BATCH, UNDO = "0190a000-0000-7000-8000-0000000000b1", "0190a000-0000-7000-8000-0000000000b2"

ENDS = {"sent", "failed", "withdrawn"}


async def all_ended(harness: Harness, count: int) -> None:
    """Waits until there are so many mails, and each has come to an end."""

    async def ended() -> bool:
        states = [state for _, state in await harness.mails()]
        return len(states) == count and set(states) <= ENDS

    await until(ended, f"{count} mails have come to an end")


def tokens(text: str) -> list[str]:
    """The tokens of the personal links in a mail."""
    return re.findall(r"/join/([\w-]+)", text)


async def has_mail(mail: MailServerScript, email: str) -> bool:
    """Whether a mail came to this address."""
    return bool(mail.copies(email))
