"""Rules of the seats of methodologies that a user has: who can get one, and that a used one stays theirs."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from msgspec.structs import replace

from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import ChangeMethodologies, SetMethodology
from services.licensing.domain.user.events import (
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    UserEvent,
)
from services.licensing.domain.user.state import Access, Actor, Inactive, Member, MethodologySeat, with_seats


def change(command: ChangeMethodologies, user: Member) -> list[UserEvent]:
    """Raises Refused: ``methodology_consumed``, and ``not_active`` for who is Inactive."""
    held = user.access.methodologies
    withdrawn, granted = sorted(held.keys() - command.methodologies), sorted(command.methodologies - held.keys())
    if any(held[each] == "consumed" for each in withdrawn):
        raise Refused("methodology_consumed")
    if withdrawn or granted:
        _refuse_inactive(user)
    events = list[UserEvent]()
    for event in _withdraw(user, withdrawn, command.by, command.batch_id):
        events.append(event)
        user = event.after
    for each in granted:
        user = _seated(user, each, "reserved")
        events.append(MethodologyGranted(user, each, command.by, command.batch_id))
    return events


def set_one(command: SetMethodology, user: Member) -> list[UserEvent]:
    """Raises Refused: ``methodology_consumed``, and ``not_active`` for who is Inactive."""
    each, held = command.methodology_id, user.access.methodologies.get(command.methodology_id)
    if held == command.seat:
        return []
    if held == "consumed":
        raise Refused("methodology_consumed")
    _refuse_inactive(user)
    events = list[UserEvent]()
    if held is None:
        user = _seated(user, each, "reserved")
        events.append(MethodologyGranted(user, each, command.by))
    if command.seat == "consumed":
        events.append(MethodologyConsumed(_seated(user, each, "consumed"), each, command.by))
    return events


def withdraw_reserved(user: Member, by: Actor | None, batch_id: UUID | None = None) -> list[MethodologyWithdrawn]:
    """What becomes of the seats of who leaves: those that they have not used come free."""
    reserved = sorted(each for each, seat in user.access.methodologies.items() if seat == "reserved")
    return list(_withdraw(user, reserved, by, batch_id))


def consumed(access: Access) -> tuple[str, ...]:
    """The methodologies that they have used."""
    return tuple(sorted(each for each, seat in access.methodologies.items() if seat == "consumed"))


def _withdraw(
    user: Member, methodology_ids: Iterable[str], by: Actor | None, batch_id: UUID | None
) -> Iterator[MethodologyWithdrawn]:
    for each in methodology_ids:
        left: dict[str, MethodologySeat] = {i: seat for i, seat in user.access.methodologies.items() if i != each}
        user = replace(user, access=with_seats(user.access, left))
        yield MethodologyWithdrawn(user, each, by, batch_id)


def _seated(user: Member, methodology_id: str, seat: MethodologySeat) -> Member:
    seats: dict[str, MethodologySeat] = {**user.access.methodologies, methodology_id: seat}
    return replace(user, access=with_seats(user.access, seats))


def _refuse_inactive(user: Member) -> None:
    if isinstance(user, Inactive):
        raise Refused("not_active")
