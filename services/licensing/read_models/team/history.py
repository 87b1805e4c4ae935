"""A user's history, told from the events: who did what when."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.events import (
    Change,
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserInvited,
    UserPermissionsChanged,
    UserProvisioned,
    UserReactivated,
)
from services.licensing.domain.user.state import Actor, Permission
from shared.eventsourcing.events import Recorded


class Person(BaseModel):
    """Who did it."""

    email: str
    name: str


class FieldChange(BaseModel):
    """One field before and after."""

    field: str
    from_: str | None = Field(serialization_alias="from")
    to: str | None


class Because(BaseModel):
    """Why a user reports to another manager though nobody named one."""

    what: Annotated[Literal["manager_deactivated", "manager_cancelled", "manager_left"], Field(title="BecauseOf")]
    name: str | None = Field(description="The manager who left; null where that was not kept")
    by: Person | None = Field(None, description="Who let them go; null where that was not kept")


class Entry(BaseModel):
    """One thing that happened; ``by`` null where it was the user's own doing, or nobody's; ``methodology``: the id of
    the one that it is about."""

    at: datetime
    what: str
    by: Person | None = None
    batch_id: UUID | None = None
    file_name: Annotated[str | None, Field(description="The name of the batch's file")] = None
    changes: list[FieldChange] = []
    records: str | None = None
    because: Because | None = None
    granted: list[Permission] = []
    withdrawn: list[Permission] = []
    methodology: str | None = None


class Grant(BaseModel):
    """A permission that somebody has; ``by`` null where the platform granted it."""

    permission: Permission
    at: datetime
    by: Person | None


def grants(events: Sequence[Recorded[Event]]) -> list[Grant]:
    """Each of the permissions that a user has after these events, with who granted it last."""
    found: dict[Permission, Grant] = {}
    for recorded in events:
        if isinstance(event := recorded.event, UserPermissionsChanged):
            has = event.after.access.permissions
            new = {p: Grant(permission=p, at=recorded.context.at, by=_person(event.by)) for p in has}
            found = {permission: found.get(permission, new[permission]) for permission in has}
    return list(found.values())


def history(events: Sequence[Recorded[Event]]) -> list[Entry]:
    """Oldest first, without what happened to what is told of the user alone."""
    return [entry(recorded) for recorded in events if type(recorded.event) in WHAT]


WHAT: Mapping[type, str] = {
    UserInvited: "invited",
    UserProvisioned: "provisioned",
    UserChanged: "changed",
    TransferPending: "transfer_pending",
    TransferWithdrawn: "transfer_withdrawn",
    InvitationResent: "invitation_resent",
    InvitationExpired: "invitation_expired",
    InvitationCancelled: "invitation_cancelled",
    UserActivated: "activated",
    UserDeactivated: "deactivated",
    UserReactivated: "reactivated",
    UserPermissionsChanged: "permissions_changed",
    MethodologyGranted: "methodology_granted",
    MethodologyConsumed: "methodology_consumed",
    MethodologyWithdrawn: "methodology_withdrawn",
    UserErased: "erased",
}


def entry(recorded: Recorded[Event]) -> Entry:
    """What it says of the user. The event is one of WHAT."""
    event = recorded.event
    entry = Entry(at=recorded.context.at, what=WHAT[type(event)])
    match event:
        case UserInvited(after, batch_id):
            entry.by, entry.batch_id = _person(after.invitation.by), batch_id
        case UserChanged(_, changes, by, batch_id):
            entry.by, entry.batch_id = _person(by), batch_id
            entry.changes = [_change(change) for change in changes]
            entry.because = _because(event)
        case InvitationCancelled(_, by, batch_id):
            entry.by, entry.batch_id = _person(by), batch_id
        case UserPermissionsChanged(after, before, by):
            now = after.access.permissions
            entry.by = _person(by)
            entry.granted = [permission for permission in now if permission not in before]
            entry.withdrawn = [permission for permission in before if permission not in now]
        case MethodologyGranted() | MethodologyConsumed() | MethodologyWithdrawn():
            entry.by, entry.batch_id = _person(event.by), event.batch_id
            entry.methodology = event.methodology_id
        case UserActivated(_, records):
            entry.records = records
        case _:
            entry.by = _person(getattr(event, "by", None))
    return entry


def _person(actor: Actor | None) -> Person | None:
    return None if actor is None else Person(email=actor.email, name=actor.name)


_LEFT: Mapping[str, Literal["manager_deactivated", "manager_cancelled"]] = {
    "deactivated": "manager_deactivated",
    "cancelled": "manager_cancelled",
}


def _because(event: UserChanged) -> Because | None:
    if event.because:
        return Because(what=_LEFT[event.because.how], name=event.because.name, by=_person(event.because.by))
    # Told before it was kept why: nobody's doing was only ever that a manager left.
    moved = event.by is None and event.batch_id is None and [each.field for each in event.changes] == ["reports_to"]
    return Because(what="manager_left", name=None, by=None) if moved else None


def _change(change: Change) -> FieldChange:
    return FieldChange(field=change.field, from_=change.before, to=change.after)
