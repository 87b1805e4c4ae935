"""The unit of work of one company: a command's transaction with its locks, and what is decided in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import uuid_utils.compat as uuids

from services.licensing import metrics
from services.licensing.application import stream_snapshots
from services.licensing.application.lock_retry import CompanyBusy
from services.licensing.application.seat_moves import SeatMoves
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.domain.licenses.commands import LicensesCommand
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.licenses.decide import LICENSES
from services.licensing.domain.licenses.state import Licenses
from services.licensing.domain.methodology_pools.commands import (
    ConsumeSeats,
    PoolsCommand,
    ReleaseSeats,
    ReserveSeats,
)
from services.licensing.domain.methodology_pools.decide import POOLS
from services.licensing.domain.methodology_pools.events import SeatsReleasedBy, SeatsReservedFor
from services.licensing.domain.refusals import Refused
from services.licensing.domain.stored_events import Event, licenses_stream, pools_stream, user_stream
from services.licensing.domain.user.commands import UserCommand
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.short_undo import Touched
from services.licensing.domain.user.state import Actor, Gone, Nobody, User
from services.licensing.read_models.team.standing import is_out, permissions_of
from shared.eventsourcing import unit_of_work
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context, Recorded
from shared.http.daily_quota import seconds_left_today
from shared.people.access import MANAGE_USERS, PermissionsFrom
from shared.people.origins import SCIM
from shared.postgres.database import Connection

ADMINISTERED = "plus"
"""The plan on which a company's admins may do anything; on any other they are answered `plan_required`."""


def new_id() -> UUID:
    """A new id, rising with time."""
    return uuids.uuid7()


class UnitOfWork(unit_of_work.UnitOfWork[Event]):
    """A transaction in one company, and the events that were decided in it and not appended yet."""

    def __init__(
        self,
        tx: Transaction[Event],
        company_id: UUID,
        context: Context,
        policy: InvitationPolicy,
        permissions_from: PermissionsFrom = "token",
    ) -> None:
        super().__init__(tx)
        self.tx = tx
        self.company_id = company_id
        self.context = replace(context, company_id=str(company_id))
        self.policy = policy
        self.permissions_from: PermissionsFrom = permissions_from
        self.journal: dict[UUID, Touched] | None = None
        """Where it is kept: whom the command touched, as they were before it."""
        self.seats = SeatMoves()

    @property
    def conn(self) -> Connection:
        """The transaction's connection."""
        return self.tx.conn

    @property
    def at(self) -> datetime:
        """The present time, as the command brought it."""
        return self.context.at

    async def lock_company(self, mode: Literal["exclusive", "shared"], by: Actor | None) -> None:
        """Takes the company's lock until the end. "exclusive": nobody else in the company does anything meanwhile;
        "shared": others go on, but for who needs it exclusively. ``by``: who acts, None for who is not of the company
        (the platform, an invitee, time). Raises Refused ``deactivated``, ``forbidden``; and, of "shared", CompanyBusy.
        """
        if mode == "exclusive":
            await self.tx.lock(_name(self.company_id))
        else:
            await lock_company_shared(self.tx, self.company_id)
        # Behind the lock: of two who deactivate each other at the same moment the second finds out here.
        if by is not None and await self.is_deactivated(by):
            raise Refused("deactivated")
        if by is not None and not await self.is_permitted(by):
            raise Refused("forbidden")

    async def may_act(self, by: Actor) -> bool:
        """Whether who has confirmed something may see it carried out: see ``is_deactivated`` and ``is_permitted``."""
        return not await self.is_deactivated(by) and await self.is_permitted(by)

    async def is_permitted(self, by: Actor) -> bool:
        """Whether who acts still has the permission, where Usher itself says who does. SCIM is the company's directory,
        and no user of it."""
        if self.permissions_from == "token" or self.context.origin == SCIM:
            return True
        return MANAGE_USERS in await permissions_of(self.conn, self.company_id, by.email)

    async def is_deactivated(self, by: Actor) -> bool:
        """Whether who acts is a user without access as of now. Who deactivates is alone in the company: so once its
        lock is had, this stays so until the end."""
        return not by.is_directory and await is_out(self.conn, self.company_id, by.email)

    async def settings(self) -> CompanySettings:
        """The company's settings. Raises Refused ``not_found`` where nobody has provisioned it."""
        return (await stream_snapshots.provisioned(self.conn, self.company_id)).state.settings

    async def decide_licenses(self, command: LicensesCommand) -> None:
        """Decides on the company's licenses, its row held from here on: take addresses before. Raises Refused."""
        snapshot = await stream_snapshots.licenses(self.conn, self.company_id, lock=True)
        licenses = self.track(LICENSES, licenses_stream(self.company_id), snapshot.state, snapshot.version)
        try:
            licenses.decide(command, self.context)
        except Refused as refused:
            metrics.DECISIONS.labels("refused", refused.code).inc()
            raise

    async def decide_seats(
        self,
        reserved_for: SeatsReservedFor = "granted",
        released_by: SeatsReleasedBy = "withdrawn",
        batch_id: UUID | None = None,
    ) -> None:
        """Asks the company's pools for what the decisions on users have come to, the company's row held from here on:
        take addresses before. Raises Refused ``methodology_seats_exceeded``."""
        gained, used, lost = self.seats.gained, self.seats.used, self.seats.lost
        self.seats.settle()
        if gained or used or lost:
            purchased = await self._purchased_seats()
            await self._decide_pools(
                ReserveSeats(self.company_id, gained, purchased, reserved_for, batch_id),
                ConsumeSeats(self.company_id, used),
                ReleaseSeats(self.company_id, lost, purchased, released_by, batch_id),
            )

    async def reserve_ahead(self, seats: Mapping[str, int], batch_id: UUID) -> None:
        """Reserves seats for all of a batch, whose users are decided then: the company's row is held from here on.
        Raises Refused ``methodology_seats_exceeded``."""
        if seats:
            purchased = await self._purchased_seats()
            await self._decide_pools(ReserveSeats(self.company_id, seats, purchased, "batch", batch_id))
            self.seats.had_already(seats)

    async def _purchased_seats(self) -> Mapping[str, int]:
        company = await stream_snapshots.provisioned(self.conn, self.company_id, lock=True)
        return company.state.settings.purchased_seats

    async def _decide_pools(self, *commands: PoolsCommand) -> None:
        snapshot = await stream_snapshots.pools(self.conn, self.company_id)
        pools = self.track(POOLS, pools_stream(self.company_id), snapshot.state, snapshot.version)
        for command in commands:
            try:
                pools.decide(command, self.context)
            except Refused as refused:
                metrics.DECISIONS.labels("refused", refused.code).inc()
                raise

    async def check_daily_limit(self, count: int) -> None:
        """Room for so many more among what the company may send today (UTC). Raises Refused ``too_many_for_today``.
        What a batch sends counts too, but was found room for when it was confirmed."""
        today = self.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        sent: int = await self.conn.fetchval(_SENT_SINCE, self.company_id, today)
        if sent + count > self.policy.company_limit:
            raise Refused("too_many_for_today", seconds=seconds_left_today())

    def decide_user(self, user_id: UUID, snapshot: Snapshot[User], *commands: UserCommand) -> None:
        """Decides commands on one user, one after the other. Raises Refused."""
        user = self.track(USER, user_stream(user_id), snapshot.state, snapshot.version)
        before = user.state
        for command in commands:
            user.decide(command, self.context)
        self.seats.note(before, user.state)
        if self.journal is not None and user.version > snapshot.version and snapshot.version > 0:
            self._note(user_id, snapshot.state, user.version, gone=isinstance(user.state, Gone))

    def _note(self, user_id: UUID, before: User, version: int, *, gone: bool) -> None:
        assert self.journal is not None
        if user_id in self.journal:
            before = self.journal[user_id].before
        if not isinstance(before, Nobody | Gone):
            self.journal[user_id] = Touched(before, version, gone)

    def another(self) -> "UnitOfWork":
        """Another in the same transaction: what is decided in it can wait while the events of this one are written."""
        other = UnitOfWork(self.tx, self.company_id, self.context, self.policy, self.permissions_from)
        other.seats = self.seats
        return other

    async def flush(self) -> Sequence[Recorded[Event]]:
        """Appends what was decided, which is counted once it is committed; returns it as it was stored."""
        assert not self.seats.gained, "users have got seats for which no pool was asked"
        stored = await super().flush()
        if decided := metrics.counted(recorded.event for recorded in stored):
            self.tx.afterwards(lambda: metrics.count(decided))
        return stored


async def lock_company_shared(tx: Transaction[Event], company_id: UUID) -> None:
    """The company's lock, shared, the first of all that a command takes. Raises CompanyBusy instead of waiting with a
    connection in hand; who waits to be alone goes before, so that they are not kept waiting for ever."""
    if not await tx.conn.fetchval(_TRY_SHARED, _name(company_id)):
        raise CompanyBusy


def _name(company_id: UUID) -> str:
    return f"company-{company_id}"


_SENT_SINCE = "SELECT count(*) FROM invitations WHERE company_id = $1 AND issued_at >= $2"

# The key is made as Transaction.lock makes it: both must be the same lock.
_TRY_SHARED = "SELECT pg_try_advisory_xact_lock_shared(hashtextextended($1, 0))"


def require_administered(company: Licenses) -> None:
    """Raises Refused ``plan_required`` for a company whose plan has no admins."""
    if company.settings.plan != ADMINISTERED:
        raise Refused("plan_required")
