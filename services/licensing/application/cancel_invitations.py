"""Cancelling invitations: who was invited leaves the list for good."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application.release_licenses import release_licenses
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.user.commands import CancelInvitation
from services.licensing.domain.user.state import Actor


async def cancel_invitations(desk: Desk, user_ids: Sequence[UUID], by: Actor) -> None:
    """Takes them off the list. Raises RefusedForSome."""
    await release_licenses(desk, user_ids, CancelInvitation(by), "cancelled")
