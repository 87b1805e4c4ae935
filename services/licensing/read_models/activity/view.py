"""What happened, as it is shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.licensing.domain.confirmation.events import BatchRefused
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.seat_request.events import Answer, SeatsRequestAnswered, SeatsRequested, WantedSeats
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.events import UserPermissionsChanged
from services.licensing.domain.user.state import Permission
from services.licensing.messages import REFUSALS
from services.licensing.read_models.activity.lines import by_of
from services.licensing.read_models.team.history import WHAT as OF_USERS
from services.licensing.read_models.team.history import FieldChange, Person, entry
from shared.eventsourcing.events import Recorded


class Whom(BaseModel):
    """The user whom it was about, as they were called then."""

    user_id: UUID
    email: str | None = None
    name: str | None = None


class Refusal(BaseModel):
    """What was asked for, and why it was not done."""

    action: str
    code: str
    message: str | None = None


class WantedMore(BaseModel):
    """What was asked for, and the answer where this is it. ``names``: what the methodologies are called."""

    licenses: int
    methodologies: dict[str, int]
    names: dict[str, str]
    answer: Answer | None = None


class Happening(BaseModel):
    """What one command did of one kind. ``by`` null where it was nobody of the company, or the user's own doing;
    ``user`` where it was about one user alone, ``count`` is how many they were."""

    id: UUID
    at: datetime
    what: str
    by: Person | None = None
    origin: Annotated[str | None, Field(description="By which way: form, file, scim, platform, invitee or time")] = None
    count: int = 1
    user: Whom | None = None
    batch_id: UUID | None = None
    file_name: Annotated[str | None, Field(description="The name of the batch's file")] = None
    changes: list[FieldChange] = []
    methodology: Annotated[str | None, Field(description="The id of the methodology whose seat it is about")] = None
    granted: Annotated[list[Permission], Field(description="Permissions that the user has since then")] = []
    withdrawn: Annotated[list[Permission], Field(description="Permissions that they lost")] = []
    wanted: Annotated[WantedMore | None, Field(description="Of a request for more licenses or seats")] = None
    refused: Refusal | None = None


class InLine(BaseModel):
    """One of the users of a line."""

    user: Whom
    changes: list[FieldChange] = []


def happening(line: Mapping[str, Any], recorded: Recorded[Event], user: Whom | None) -> Happening:
    """A line, with what the first of its events says. ``user``: who is meant where the event does not say it."""
    event, by = recorded.event, by_of(recorded.event)
    found = Happening(
        id=line["id"],
        at=line["at"],
        what=line["what"],
        origin=line["origin"],
        count=line["count"],
        by=by and Person(email=by.email, name=by.name),
        batch_id=line["batch_id"],
    )
    if line["count"] == 1 or isinstance(event, AttemptRefused):
        found.user = whom(event) or user
    match event:
        case AttemptRefused(action, code):
            found.refused = Refusal(action=action, code=code, message=REFUSALS[code].detail)
        case BatchRefused(reason=reason):
            found.refused = Refusal(action="confirm", code=reason)
        case SeatsRequested(wanted=wanted):
            found.wanted = _wanted(wanted)
        case SeatsRequestAnswered(wanted=wanted, answer=answer):
            found.wanted = _wanted(wanted, answer)
        case UserPermissionsChanged():
            told = entry(recorded)
            found.granted, found.withdrawn = told.granted, told.withdrawn
        case _:
            found.changes = changes(recorded) if line["count"] == 1 else []
            found.methodology = getattr(event, "methodology_id", None)
    return found


def _wanted(seats: WantedSeats, answer: Answer | None = None) -> WantedMore:
    return WantedMore(
        licenses=seats.licenses, methodologies=dict(seats.methodologies), names=dict(seats.names), answer=answer
    )


def whom(event: Event) -> Whom | None:
    """The user whom the event is about; None where it is about none."""
    after = getattr(event, "after", None)
    if after is None:
        return None
    profile = getattr(after, "profile", None)
    name = f"{profile.first_name} {profile.last_name}".strip() if profile else None
    return Whom(user_id=after.user_id, email=profile.email if profile else after.email, name=name or None)


def changes(recorded: Recorded[Event]) -> list[FieldChange]:
    """The fields that it changed."""
    return entry(recorded).changes if type(recorded.event) in OF_USERS else []
