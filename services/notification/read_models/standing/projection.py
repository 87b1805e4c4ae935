"""The tables `standing`, `permissions` and `company_plans`, fed by what licensing publishes."""

from collections.abc import Sequence

from shared.http.heard_permissions import Told, keep
from shared.messaging.inbox import Received
from shared.people.address import compare_form
from shared.postgres.database import Connection
from usher_contracts import (
    USER_EVENTS,
    CompanyChanged,
    InvitationCancelled,
    UserActivated,
    UserDeactivated,
    UserEvent,
    UserPermissionsChanged,
    UserReactivated,
)

EVENTS = tuple(event for event in USER_EVENTS if event.gives_access is not None)
"""Those by which somebody loses access to their company, or has it again."""


PERMISSION_EVENTS = (
    UserPermissionsChanged,
    UserActivated,
    UserDeactivated,
    UserReactivated,
    InvitationCancelled,
)
"""Those by which somebody may other things than before."""


async def keep_permissions(conn: Connection, received: Sequence[Received]) -> None:
    """Keeps what was granted to users, see `shared.http.heard_permissions`."""
    await keep(conn, [_told(r.sequence, r.event) for r in received])


def _told(sequence: int, event: UserEvent) -> Told:
    match event:
        case UserPermissionsChanged():
            active, permissions = event.status == "active", event.to
        case _:
            active, permissions = event.status_after == "active", None
    return Told(event.user_id, event.company_id, event.email, active, sequence, permissions)


async def keep_users(conn: Connection, received: Sequence[Received]) -> None:
    """Keeps the newest of each user, by the owner's sequence: what comes again, or late, changes nothing."""
    newest: dict[str, tuple[int, UserEvent]] = {}
    for r in sorted(received, key=lambda each: each.sequence):
        newest[r.event.user_id] = (r.sequence, r.event)
    rows = [
        (user_id, event.company_id, compare_form(event.email), not event.gives_access, sequence)
        for user_id, (sequence, event) in newest.items()
    ]
    if rows:
        await conn.execute(_KEEP_USERS, *(list(column) for column in zip(*rows, strict=True)))


async def keep_companies(conn: Connection, received: Sequence[Received]) -> None:
    """Keeps the newest plan of each company."""
    newest: dict[str, tuple[int, CompanyChanged]] = {}
    for r in sorted(received, key=lambda each: each.sequence):
        newest[r.company_id] = (r.sequence, r.event)
    rows = [(company, event.plan, sequence) for company, (sequence, event) in newest.items()]
    if rows:
        await conn.execute(_KEEP_COMPANIES, *(list(column) for column in zip(*rows, strict=True)))


_KEEP_USERS = """
INSERT INTO standing (user_id, company_id, email_key, inactive, sequence)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::bigint[])
ON CONFLICT (user_id) DO UPDATE
SET company_id = excluded.company_id, email_key = excluded.email_key, inactive = excluded.inactive,
    sequence = excluded.sequence
WHERE standing.sequence < excluded.sequence
"""
_KEEP_COMPANIES = """
INSERT INTO company_plans (company_id, plan, sequence)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
ON CONFLICT (company_id) DO UPDATE SET plan = excluded.plan, sequence = excluded.sequence
WHERE company_plans.sequence < excluded.sequence
"""
