"""The ids of mails: one mail a cause, recipient and kind, however often it is asked for."""

from __future__ import annotations

from uuid import UUID, uuid5

_MAILS = UUID("6a1f6d3e-6f0b-4c58-9b0b-1f6f1f5a7f10")


def mail_id(source: str, recipient: str, kind: str) -> UUID:
    """The mail of a `source` (the batch, or the event of a request) to a recipient, of a kind.

    The event stands for the request that caused it: a client may send one X-Request-Id with every call.
    """
    return uuid5(_MAILS, f"{source}\n{recipient}\n{kind}")


def message_id(mail: UUID, domain: str) -> str:
    """The Message-ID of a mail: every copy has the same."""
    return f"<{mail}@{domain}>"
