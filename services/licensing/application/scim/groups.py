"""Groups of a directory are the methodologies of the company: who is put into one gets a seat of it."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from services.licensing.application.grant_methodologies import grant_methodology, withdraw_methodology
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.scim_users import groups
from shared.core.crash_points import reached


async def change_members(
    uow: UnitOfWork,
    methodology_id: str,
    read: Callable[[Collection[UUID]], Collection[UUID]],
    by: Actor,
    known: Callable[[Sequence[UUID]], bool],
) -> None:
    """The members are those that ``read`` makes of the present ones, all or none. Raises Refused ``not_found``,
    ``not_on_the_list``, ``precondition_failed``, ``methodology_seats_exceeded``; RefusedForSome,
    ``methodology_consumed`` among its codes."""
    await uow.lock_company("exclusive", by)
    settings = await uow.settings()
    if methodology_id not in settings.purchased_seats:
        raise Refused("not_found")
    present = {each.id: each.user_id for each in await groups.members(uow.conn, uow.company_id, methodology_id)}
    if not known(list(present)):
        raise Refused("precondition_failed")
    wanted = read(present.keys())
    added = sorted(set(wanted) - present.keys())
    users = await groups.users_of(uow.conn, uow.company_id, added)
    if missing := [each for each in added if each not in users]:
        raise Refused("not_on_the_list", members=[str(each) for each in missing])
    if removed := [user_id for resource_id, user_id in present.items() if resource_id not in wanted]:
        await withdraw_methodology(uow, removed, methodology_id, by)
    if users:
        await grant_methodology(uow, list(users.values()), methodology_id, by)
    reached("scim.members_changed")
