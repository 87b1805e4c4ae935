"""The names of streams, and of mails: one mail a cause, recipient and kind, however often it is asked for."""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat as uuids

from shared.core.ids import FastUUID

_MAILS = UUID("6a1f6d3e-6f0b-4c58-9b0b-1f6f1f5a7f10")


def mail_id(source: str, recipient: str, kind: str) -> UUID:
    """The mail of a `source` (the batch, or the event of a request) to a recipient, of a kind.

    The event stands for the request that caused it: a client may send one X-Request-Id with every call.
    """
    return uuids.uuid5(_MAILS, f"{source}\n{recipient}\n{kind}")


def mail_stream(mail: UUID) -> str:
    """The stream of a mail."""
    return f"mail-{mail}"


def batch_stream(batch_id: UUID | str) -> str:
    """The stream of a batch, as far as notification follows it."""
    return f"batch-{batch_id}"


def batch_of(stream: str) -> UUID:
    """The batch whose stream it is."""
    return UUID(stream.removeprefix("batch-"))


def company_stream(company_id: str) -> str:
    """The stream of a company, as far as notification knows it."""
    return f"company-{company_id}"


def company_of(stream: str) -> UUID:
    """The company whose stream it is."""
    return UUID(stream.removeprefix("company-"))


def mail_of(stream: str) -> UUID:
    """The mail whose stream it is."""
    return FastUUID(stream.removeprefix("mail-"))


def message_id(mail: UUID, domain: str) -> str:
    """The Message-ID of a mail: every copy has the same."""
    return f"<{mail}@{domain}>"
