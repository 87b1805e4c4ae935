"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses beyond ASCII."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32

from services.notification.formats.bounces.parts import messages_in, text_of
from services.notification.formats.bounces.reasons import reason_of
from services.notification.formats.bounces.report import Bounce, Delay, Delivered, Report
from services.notification.formats.bounces.statuses import any_status, enhanced

_KNOWN = "message/delivery-status"
"""Whose groups the email package has taken apart."""
_STATUS_PARTS = (_KNOWN, "message/global-delivery-status")
_MAX_GROUPS = 100
"""Recipients of one report that are looked at: a mail of ours has one."""
_GAVE_UP = ("fail", "error")  # OpenSMTPD writes "error"
_ARRIVED = ("delivered", "relayed", "expanded")


def read_status(parts: Sequence[Message]) -> Report | None:
    """What the notification among a mail's `parts` says; None where there is none. Of several recipients, as a list or
    a forwarded address has: that somebody has it counts first, then that it is still tried."""
    groups = [group for part in parts if part.get_content_type() in _STATUS_PARTS for group in _groups(part)]
    reports = [report for group in groups[:_MAX_GROUPS] if (report := _of_recipient(group)) is not None]
    for kind in (Delivered, Delay, Bounce):
        for report in reports:
            if isinstance(report, kind):
                return report
    return None


def _groups(part: Message) -> Iterator[Mapping[str, str]]:
    """The groups of fields (RFC 3464, 2): the first is of the message, each other of a recipient."""
    if part.get_content_type() == _KNOWN and (blocks := messages_in(part)):
        yield from map(_fields, blocks)
    else:
        for block in text_of(part).replace("\r\n", "\n").split("\n\n"):
            yield _fields(HeaderParser(policy=compat32).parsestr(block))


def _fields(block: Message) -> Mapping[str, str]:
    return {name.lower(): " ".join(str(value).split()) for name, value in reversed(block.items())}


def _of_recipient(fields: Mapping[str, str]) -> Report | None:
    action, said = fields.get("action", "").lower(), fields.get("diagnostic-code")
    status = enhanced(fields.get("status", "")) or any_status(said or "")
    if action.startswith(_ARRIVED):
        return Delivered()
    if action.startswith("delayed"):
        return Delay(status or "4.0.0")
    if action.startswith(_GAVE_UP):
        return _bounce(status, said)
    if action or status is None or not {"final-recipient", "original-recipient"} & fields.keys():
        return None
    # Not said what was done: the class of the status says it.
    return {"2": Delivered(), "4": Delay(status)}.get(status[0]) or _bounce(status, said)


def _bounce(status: str | None, said: str | None) -> Bounce:
    """Where the field is the general 5.0.0, what the server itself answered says more."""
    better = any_status(said or "")
    if status is None or (status.endswith(".0.0") and better is not None and better[0] == "5"):
        status = better or "5.0.0"
    # Success is no reason for a failure, whatever the report says.
    status = status if status[0] in "45" else "5.0.0"
    return Bounce(status, reason_of(status, said))
