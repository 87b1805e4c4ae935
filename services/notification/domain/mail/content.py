"""What a mail is about: all that its words need, as known when it was queued. The link's token is not among it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An invitation that an admin is told about by name. `error` is the mail server's reason."""

    name: str
    email: str
    error: str | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A personal invitation. `previous_plan` is set where the person can transfer records; `again`: a new link."""

    user_id: UUID
    invitation_id: UUID
    first_name: str
    last_name: str
    inviter_name: str
    inviter_email: str
    issued_at: datetime
    expires_at: datetime
    transfer: bool
    previous_plan: str | None
    again: bool
    batch_id: UUID | None
    kind: Literal["invitation"] = "invitation"


@dataclass(frozen=True, slots=True)
class Reactivation:
    """Somebody can use Usher again."""

    user_id: UUID
    first_name: str
    by_name: str
    kind: Literal["reactivation"] = "reactivation"


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """To the admin who confirmed: what was done. The lists hold the first of them, the numbers count all."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    invited: int
    changed: int
    sent: int
    failed: int
    deferred: int
    failures: tuple[Undelivered, ...]
    deferrals: tuple[Undelivered, ...]
    kind: Literal["batch_finished"] = "batch_finished"


@dataclass(frozen=True, slots=True)
class BatchReturned:
    """To the admin who confirmed: nothing was done, and why."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    reason: Literal["licenses_exceeded", "stale_review"]
    requested: int
    available: int
    kind: Literal["batch_returned"] = "batch_returned"


Content = Annotated[Invitation | Reactivation | BatchFinished | BatchReturned, Field(discriminator="kind")]
KINDS = tuple(
    str(field.default)
    for each in (Invitation, Reactivation, BatchFinished, BatchReturned)
    for field in fields(each)
    if field.name == "kind"
)
"""What a mail can be about."""
