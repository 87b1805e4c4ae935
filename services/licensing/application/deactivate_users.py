"""Deactivating users: they keep everything but their license and the claim to their address."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application.release_licenses import release_licenses
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.commands import Deactivate
from services.licensing.domain.user.state import Actor


async def deactivate_users(uow: UnitOfWork, user_ids: Sequence[UUID], by: Actor) -> None:
    """Makes them Inactive. Raises RefusedForSome, with ``own_account`` and ``last_admin`` among its codes: who acts
    stays, and so does an admin who was granted to be one."""
    await release_licenses(uow, user_ids, Deactivate(by), "deactivated")
