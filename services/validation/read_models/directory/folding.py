"""What an event makes of a person. Pure."""

from dataclasses import replace

import usher_contracts as contracts
from shared.people import model
from shared.people.model import Person
from shared.people.own import without

_FIELDS = {model.FIRST_NAME, model.LAST_NAME, model.FUNCTIONAL_AREA, model.TITLE, model.REGION, model.EMAIL}


class Unknown(Exception):
    """The event is about somebody who was never introduced."""


def fold(person: Person | None, event: contracts.UserEvent) -> Person | None:
    """The person after `event`, None where they have left the list. Raises Unknown."""
    match event:
        case contracts.UserInvited():
            return _introduced(event, event.status)
        case contracts.UserActivated() if event.first_name is not None:
            return _introduced(event, event.status or "active")
        case contracts.InvitationCancelled():
            return None
        case _ if person is None:
            raise Unknown(event.user_id)
        case _:
            return replace(_changed(person, event), version=event.version or person.version + 1)


def _introduced(event: contracts.UserInvited | contracts.UserActivated, status: contracts.UserStatus) -> Person:
    return Person(
        user_id=event.user_id, email=event.email, status=status, first_name=event.first_name or "",
        last_name=event.last_name or "", functional_area=event.functional_area or "", title=event.title or "",
        region=event.region or "", reports_to_id=event.reports_to_id, custom_fields=event.custom_fields or {},
        version=event.version or 1,
    )  # fmt: skip


def _changed(person: Person, event: contracts.UserEvent) -> Person:
    match event:
        case contracts.UserChanged():
            for change in event.changes:
                person = _with(person, change)
            return replace(person, email=event.email)
        case contracts.UserTransferPending():
            return replace(person, status="pending_transfer")
        case contracts.UserTransferWithdrawn():
            return replace(person, status="waiting")
        case contracts.UserActivated() | contracts.UserReactivated():
            return replace(person, status="active")
        case contracts.UserDeactivated():
            return replace(person, status="inactive")
        case _:
            return person


def _with(person: Person, change: contracts.UserFieldChange) -> Person:
    if change.field == model.REPORTS_TO:
        return replace(person, reports_to_id=change.to_id)
    if change.field in _FIELDS:
        return replace(person, **{change.field: change.to or ""})
    custom = without(person.custom_fields, change.field)
    return replace(person, custom_fields={**custom, change.field: change.to} if change.to else custom)
