"""The table `permissions`, fed by what licensing publishes of users."""

from collections.abc import Sequence

import usher_contracts as contracts
from shared.http.heard_permissions import Told, keep
from shared.postgres.database import Connection

EVENTS = (
    contracts.UserPermissionsChanged,
    contracts.UserActivated,
    contracts.UserDeactivated,
    contracts.UserReactivated,
    contracts.InvitationCancelled,
)
"""Those by which somebody may other things than before."""


async def apply(conn: Connection, told: Sequence[tuple[int, contracts.UserEvent]]) -> None:
    """Events with their owner's sequence."""
    await keep(conn, [_told(sequence, event) for sequence, event in told])


def _told(sequence: int, event: contracts.UserEvent) -> Told:
    match event:
        case contracts.UserPermissionsChanged():
            active, permissions = event.status == "active", event.to
        case _:
            active, permissions = event.status_after == "active", None
    return Told(event.user_id, event.company_id, event.email, active, sequence, permissions)
