"""Bounces in the words of mail systems that write no delivery status: which they are knows `flufl.bounce`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import Message

from flufl.bounce import all_failures

from services.notification.formats.bounces.parts import text_of
from services.notification.formats.bounces.reasons import reason_of
from services.notification.formats.bounces.report import Bounce, Delay, Report
from services.notification.formats.bounces.statuses import any_status

_MAX_TEXT = 20_000
"""Characters of a report's words that are looked at."""


def read_words(mail: Message, parts: Sequence[Message]) -> Report | None:
    """What it says; None for a mail that no known system writes."""
    try:
        delayed, failed = all_failures(_alone(mail, parts))
    except Exception:  # some twenty readers of old formats: a mail that one of them fails at is none of theirs
        return None
    if not failed and not delayed:
        return None
    lines = list(_own_lines(parts))
    status, said = next(((found, line) for line in lines if (found := any_status(line)) is not None), (None, None))
    if not failed:
        return Delay(status if status and status[0] == "4" else "4.0.0")
    status = status if status and status[0] == "5" else "5.0.0"
    return Bounce(status, reason_of(status, said))


def _alone(mail: Message, parts: Sequence[Message]) -> Message:
    """Its own words, without any mail that it has within: one that was passed on says nothing of ours."""
    alone = Message()
    for name, value in mail.items():
        if not name.lower().startswith("content-"):
            alone[name] = value
    alone.set_payload("\n".join(text_of(part)[:_MAX_TEXT] for part in parts if part.get_content_type() == "text/plain"))
    return alone


def _own_lines(parts: Sequence[Message]) -> Iterator[str]:
    """The lines of the report itself, until the mail begins that it sends back."""
    for part in parts:
        if part.get_content_type() != "text/plain":
            continue
        for line in text_of(part)[:_MAX_TEXT].splitlines():
            if line.startswith(("Return-Path:", "Received:", "Message-ID:", "Message-Id:")):
                return
            if line.strip():
                yield line
