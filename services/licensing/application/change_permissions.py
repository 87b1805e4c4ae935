"""Giving and taking permissions: a decision about one person."""

from uuid import UUID

from services.licensing.application import bulk
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.commands import ChangePermissions
from services.licensing.domain.user.state import Actor, Permission
from services.licensing.read_models.team import admins


async def change_permissions(uow: UnitOfWork, user_id: UUID, permissions: frozenset[Permission], by: Actor) -> None:
    """They are what an admin says; what the platform alone grants stays. Raises RefusedForSome: ``not_found``,
    ``platform_grants``, ``not_active``, ``last_admin``."""
    # Alone: of two who take each other's, the second finds that they are the last.
    await uow.lock_company("exclusive", by)
    users = await bulk.found(uow, [user_id])
    remains = await admins.remain(uow.conn, uow.company_id, [user_id])
    bulk.decide_each(uow, users, lambda _: [ChangePermissions(permissions, by, remains)])
    await uow.flush()
