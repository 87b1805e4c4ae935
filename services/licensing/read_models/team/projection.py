"""Keeps companies, users, addresses and links as the events say, in the transaction that appends them.

One projection, since a count by status needs what a user was before, and an address who had it before: each chunk of
events costs a handful of statements, however many users it is about.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded
from services.licensing.domain.licenses.events import CompanyChanged, LicensesEvent, LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.saved_views.events import BeginningChosen, ViewChanged, ViewDeleted, ViewSaved
from services.licensing.domain.seat_request.events import SeatsRequestAnswered, SeatsRequested
from services.licensing.domain.stored_events import Event
from services.licensing.domain.undo.events import UndoReviewed
from services.licensing.domain.user.events import InvitationResent, UserEvent, UserInvited, UserProvisioned
from services.licensing.domain.user.state import Gone
from services.licensing.read_models.seats import projection as seats
from services.licensing.read_models.team import addresses, standing
from services.licensing.read_models.team.table import COLUMNS, row_of
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Recorded
from shared.people.address import compare_form
from shared.people.statuses import FACTS, LIVE, Status
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Before:
    """What a user was in the table before these events."""

    status: Status
    email_key: str
    permissions: Sequence[str]


@dataclass(slots=True)
class ProjectionBatch:
    """What a stretch of the log says: of each user only the last, of licenses, pools and links all of it."""

    plans: dict[str, str | None] = field(default_factory=dict[str, str | None])
    licenses: list[tuple[int, LicensesEvent]] = field(default_factory=list[tuple[int, LicensesEvent]])
    pools: list[tuple[int, PoolsEvent]] = field(default_factory=list[tuple[int, PoolsEvent]])
    users: dict[UUID, tuple[int, UserEvent]] = field(default_factory=dict[UUID, tuple[int, UserEvent]])
    new: set[UUID] = field(default_factory=set[UUID])
    links: list[UserInvited | InvitationResent] = field(default_factory=list[UserInvited | InvitationResent])

    def add(self, version: int, event: Event) -> None:
        """One more event."""
        match event:
            case CompanyChanged() | LicensesReserved() | LicensesReleased():
                self.licenses.append((version, event))
            case SeatsReserved() | SeatsConsumed() | SeatsReleased():
                self.pools.append((version, event))
            case IndividualPlanBegun(email, plan):
                self.plans[compare_form(email)] = plan
            case IndividualPlanEnded(email):
                self.plans[compare_form(email)] = None
            case (
                BatchApplied()
                | BatchRefused()
                | UndoReviewed()
                | SeatsRequested()
                | SeatsRequestAnswered()
                | AttemptRefused()
                | ErasureRequested()
                | PersonErased()
            ):
                pass
            case ViewSaved() | ViewChanged() | ViewDeleted() | BeginningChosen():
                pass
            case user_event:
                self._add_user(version, user_event)

    def _add_user(self, version: int, event: UserEvent) -> None:
        user = event.after
        self.users[user.user_id] = (version, event)
        if isinstance(event, UserInvited | UserProvisioned):
            self.new.add(user.user_id)
        if isinstance(event, UserInvited | InvitationResent):
            self.links.append(event)


class TeamProjection:
    """The inline read model of licensing."""

    @property
    def name(self) -> str:
        """What ``./usher rebuild`` calls it."""
        return "team"

    @property
    def tables(self) -> Sequence[str]:
        """All that it keeps."""
        return ("companies", "users", "addresses", "invitations")

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Applies events that follow each other in the log."""
        batch = ProjectionBatch()
        for recorded in events:
            batch.add(recorded.version, recorded.event)
        before: dict[UUID, Before] = {}
        if batch.plans:
            await addresses.set_plans(conn, batch.plans)
        if batch.users:
            before = await _before(conn, [user_id for user_id in batch.users if user_id not in batch.new])
            keys = _keys(batch.users)
            await _users(conn, batch, keys)
            await _links(conn, batch, keys)
            await addresses.move(conn, *_moves(batch.users, before, keys))
            await standing.tell(conn, _access_moved(batch.users, before))
        # The company's row last: it is the one that everybody in the company waits for.
        for version, event in batch.licenses:
            await seats.apply_licenses(conn, version, event)
        for version, event in batch.pools:
            await seats.apply_pools(conn, version, event)
        await seats.count(conn, _counts(batch.users, before))


async def _before(conn: Connection, user_ids: Sequence[UUID]) -> dict[UUID, Before]:
    if not user_ids:
        return {}
    rows = await conn.fetch(
        "SELECT user_id, status, email_key, permissions FROM users WHERE user_id = ANY ($1)", user_ids
    )
    return {row["user_id"]: Before(row["status"], row["email_key"], orjson.loads(row["permissions"])) for row in rows}


async def _users(conn: Connection, batch: ProjectionBatch, keys: Mapping[UUID, str]) -> None:
    """Who is new is inserted, who is known updated, who is gone deleted."""
    new: list[tuple[Any, ...]] = []
    known: list[tuple[Any, ...]] = []
    gone: list[UUID] = []
    for user_id, (version, event) in batch.users.items():
        user = event.after
        if isinstance(user, Gone):
            gone.append(user_id)
        else:
            (new if user_id in batch.new else known).append(row_of(user, version, keys[user_id]))
    if new:
        # Not by COPY, which row security does not know.
        await conn.execute(_INSERT, *(list(column) for column in zip(*new, strict=True)))
    if known:
        await conn.execute(_UPSERT, *(list(column) for column in zip(*known, strict=True)))
    if gone:
        await conn.execute("DELETE FROM users WHERE user_id = ANY ($1)", gone)


async def _links(conn: Connection, batch: ProjectionBatch, keys: Mapping[UUID, str]) -> None:
    records = [_link(event, batch, keys) for event in batch.links]
    if records:
        columns = ("invitation_id", "user_id", "company_id", "email_key", "issued_at", "again")
        await conn.copy_records_to_table("invitations", records=records, columns=columns)


def _link(event: UserInvited | InvitationResent, batch: ProjectionBatch, keys: Mapping[UUID, str]) -> tuple[Any, ...]:
    user, link = event.after, event.after.invitation
    # Nearly always it is the last that is told of the user, whose address has been compared already.
    known = keys.get(user.user_id) if batch.users[user.user_id][1] is event else None
    key = known or compare_form(user.profile.email)
    return link.id, user.user_id, user.company_id, key, link.issued_at, link.resent_at is not None


def _keys(users: Mapping[UUID, tuple[int, UserEvent]]) -> dict[UUID, str]:
    """The address of each, in compared form."""
    return {i: compare_form(e.after.profile.email) for i, (_, e) in users.items() if not isinstance(e.after, Gone)}


def _moves(
    users: Mapping[UUID, tuple[int, UserEvent]], before: Mapping[UUID, Before], keys: Mapping[UUID, str]
) -> tuple[list[tuple[str, UUID]], list[tuple[str, UUID, UUID]]]:
    """Addresses that are freed, and those that are claimed. Who is not live, or gone, holds none."""
    freed: list[tuple[str, UUID]] = []
    claimed: list[tuple[str, UUID, UUID]] = []
    for user_id, (_, event) in users.items():
        was = before.get(user_id)
        held = was.email_key if was is not None and was.status in LIVE else None
        holds = keys.get(user_id) if event.after.status in LIVE else None
        if held is not None and held != holds:
            freed.append((held, user_id))
        if holds is not None and held != holds:
            claimed.append((holds, user_id, event.after.company_id))
    return freed, claimed


def _access_moved(users: Mapping[UUID, tuple[int, UserEvent]], before: Mapping[UUID, Before]) -> set[UUID]:
    """The companies in which somebody has lost access or a permission, or has it again."""
    return {
        event.after.company_id
        for user_id, (_, event) in users.items()
        if (was := before.get(user_id)) is not None
        and not isinstance(event.after, Gone)
        and (
            FACTS[was.status].has_access != FACTS[event.after.status].has_access
            or tuple(was.permissions) != event.after.access.permissions
        )
    }


def _counts(last: dict[UUID, tuple[int, UserEvent]], before: dict[UUID, Before]) -> dict[UUID, Counter[str]]:
    """By how much each company's counts by status change."""
    counts: dict[UUID, Counter[str]] = {}
    for user_id, (_, event) in last.items():
        count = counts.setdefault(event.after.company_id, Counter())
        if user_id in before:
            count[before[user_id].status] -= 1
        if not isinstance(event.after, Gone):
            count[event.after.status] += 1
    return counts


_INSERT = f"""
INSERT INTO users ({", ".join(COLUMNS)})
SELECT * FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), 1))})
"""

_UPSERT = f"""{_INSERT}
ON CONFLICT (user_id) DO UPDATE
SET ({", ".join(COLUMNS)}) = ROW({", ".join(f"excluded.{column}" for column in COLUMNS)})
"""
