"""Seats of methodologies for users who are there: an admin gives and takes them, the platform says how it is."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import decide_each, found
from services.licensing.application.form_validation import require_known
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import ChangeMethodologies, SetMethodology
from services.licensing.domain.user.state import Actor, Inactive, Member, MethodologySeat
from shared.people.address import compare_form


async def grant_methodology(uow: UnitOfWork, user_ids: Sequence[UUID], methodology_id: str, by: Actor) -> None:
    """Gives each of them a seat who has none. Raises RefusedForSome, Refused ``methodology_unknown`` and
    ``methodology_seats_exceeded``."""
    await uow.lock_company("shared", by)
    users = await found(uow, user_ids)
    require_known(await uow.settings(), [methodology_id])
    decide_each(uow, users, lambda user: [ChangeMethodologies(_held(user) | {methodology_id}, by)])
    await uow.decide_seats()
    await uow.flush()


async def withdraw_methodology(uow: UnitOfWork, user_ids: Sequence[UUID], methodology_id: str, by: Actor) -> None:
    """Takes it from each of them who has a seat of it. Raises RefusedForSome, ``methodology_consumed`` among its codes,
    and Refused ``methodology_unknown``."""
    await uow.lock_company("shared", by)
    users = await found(uow, user_ids)
    require_known(await uow.settings(), [methodology_id])
    decide_each(uow, users, lambda user: [ChangeMethodologies(_held(user) - {methodology_id}, by)])
    await uow.decide_seats()
    await uow.flush()


async def set_methodology(uow: UnitOfWork, email: str, methodology_id: str, seat: MethodologySeat | None) -> UUID:
    """The platform says how the user under this address has a seat, None for not at all. Returns their id. Raises
    Refused: ``not_found``, ``methodology_unknown``, ``methodology_consumed``, ``not_active`` for who is Inactive,
    ``methodology_seats_exceeded``."""
    await uow.lock_company("shared", None)
    require_known(await uow.settings(), [methodology_id])
    user = await _known(uow, email)
    if seat is None:
        command = ChangeMethodologies(_held(user.state) - {methodology_id}, None)
    else:
        command = SetMethodology(methodology_id, seat)
    uow.decide_user(user.state.user_id, user, command)
    await uow.decide_seats()
    await uow.flush()
    return user.state.user_id


def _held(user: Member) -> frozenset[str]:
    return frozenset(user.access.methodologies)


async def _known(uow: UnitOfWork, email: str) -> Snapshot[Member]:
    key = compare_form(email)
    users = (await stream_snapshots.users_by_email(uow.conn, uow.company_id, [key])).get(key, [])
    if not users:
        raise Refused("not_found")
    return min(users, key=lambda user: isinstance(user.state, Inactive))
