"""Cancelling invitations: who was invited leaves the list for good."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application.release_licenses import release_licenses
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.commands import CancelInvitation
from services.licensing.domain.user.state import Actor


async def cancel_invitations(uow: UnitOfWork, user_ids: Sequence[UUID], by: Actor) -> None:
    """Takes them off the list. Raises RefusedForSome."""
    await release_licenses(uow, user_ids, CancelInvitation(by), "cancelled")
