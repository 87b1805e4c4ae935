"""What an event makes of a person. Pure."""

from typing import Any

from msgspec.structs import replace

import usher_contracts as contracts
from shared.people.model import Person
from shared.people.own import without
from shared.people.profile import EMAIL, REPORTS_TO, TEXT_KEYS

_FIELDS = {EMAIL, *TEXT_KEYS}


class UnknownPerson(Exception):
    """The event is about somebody who was never introduced."""


def fold(person: Person | None, event: contracts.UserEvent | contracts.UserErased) -> Person | None:
    """The person after `event`, None where they have left the list. Raises UnknownPerson."""
    match event:
        case contracts.UserInvited():
            return _introduced(event, event.status)
        case contracts.UserActivated() if event.first_name is not None:
            return _introduced(event, event.status or "active")
        case contracts.InvitationCancelled() | contracts.UserErased():
            return None
        case _ if person is None:
            raise UnknownPerson(event.user_id)
        case _:
            return replace(_changed(person, event), version=event.version or person.version + 1)


def _introduced(event: contracts.UserInvited | contracts.UserActivated, status: contracts.UserStatus) -> Person:
    texts: dict[str, Any] = {key: getattr(event, key) for key in TEXT_KEYS}
    return Person(
        user_id=event.user_id,
        email=event.email,
        status=status,
        **texts,
        reports_to_id=event.reports_to_id,
        custom_fields=event.custom_fields or {},
        version=event.version or 1,
    )


def _changed(person: Person, event: contracts.UserEvent) -> Person:
    held = person.methodologies
    match event:
        case contracts.MethodologyGranted(methodology_id=key):
            return replace(person, methodologies={**held, key: "reserved"})
        case contracts.MethodologyConsumed(methodology_id=key):
            return replace(person, methodologies={**held, key: "consumed"})
        case contracts.MethodologyWithdrawn(methodology_id=key):
            return replace(person, methodologies={each: seat for each, seat in held.items() if each != key})
        case contracts.UserChanged():
            for change in event.changes:
                person = _with(person, change)
            return replace(person, email=event.email)
        case _:
            return replace(person, status=event.status_after or person.status)


def _with(person: Person, change: contracts.UserFieldChange) -> Person:
    if change.field == REPORTS_TO:
        return replace(person, reports_to_id=change.to_id)
    if change.field in _FIELDS:
        return replace(person, **{change.field: change.to})
    custom = without(person.custom_fields, change.field)
    return replace(person, custom_fields={**custom, change.field: change.to} if change.to else custom)
