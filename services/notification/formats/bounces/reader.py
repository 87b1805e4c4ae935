"""The reader of mails about mails: from bytes to a report. Nothing that is sent in makes it fail."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from services.notification.formats.bounces.delivery_status import read_status
from services.notification.formats.bounces.other_systems import read_words
from services.notification.formats.bounces.parts import own_parts
from services.notification.formats.bounces.report import AutoReply, Complaint, NoReport, Report

MAX_BYTES = 1 << 20
"""Of a mail that is read: a report sends back one of our mails at most, which has some ten thousand."""
MAX_BOUNDARIES = 50
"""Parts within parts: a report has three."""


def read_report(raw: bytes) -> Report:
    """What a mail says of another. The surest first: a complaint and a delivery status have a form of their own, then
    come the words of older systems, and the marks of programs that answer whatever they get."""
    # The email package goes down a level for each boundary that it finds.
    if len(raw) > MAX_BYTES or raw.lower().count(b"boundary") > MAX_BOUNDARIES:
        return NoReport()
    mail = BytesParser(policy=compat32).parsebytes(raw)
    parts = own_parts(mail)
    if any(part.get_content_type() == "message/feedback-report" for part in parts):
        return Complaint()
    report = read_status(parts) or (None if _answers_by_itself(mail) else read_words(mail, parts))
    if report is not None:
        return report
    return AutoReply() if _answers_by_itself(mail) or _is_automatic(mail) else NoReport()


def _answers_by_itself(mail: Message) -> bool:
    """Whether a person's programs have answered: absence notes. Exim marks its bounces like that, too."""
    if mail.get("X-Failed-Recipients"):
        return False
    return _header(mail, "Auto-Submitted").startswith("auto-replied") or bool(
        mail.get("X-Autoreply") or mail.get("X-Autorespond") or _header(mail, "Precedence") == "auto_reply"
    )


def _is_automatic(mail: Message) -> bool:
    return _header(mail, "Auto-Submitted") not in ("", "no") or _header(mail, "Precedence") in ("junk", "list", "bulk")


def _header(mail: Message, name: str) -> str:
    return str(mail.get(name, "")).strip().lower()
