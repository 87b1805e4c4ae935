"""What the routes are handed: built once, in main.py."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, cast
from uuid import UUID
from weakref import WeakValueDictionary

from fastapi import Depends, Request

from services.licensing.application.command_bus import CommandBus
from services.licensing.application.note_refusals import RefusedAttempts
from services.licensing.domain.stored_events import Event
from shared.core.signed_ids import Signer
from shared.erasure.person import AddressDigests
from shared.eventsourcing.log_follower import LogFollower
from shared.http.daily_quota import DailyQuota
from shared.http.permissions import Permissions
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from shared.http.standing import Standing
from shared.postgres.database import Connection, Listener, Pool


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How often links may be opened: a good one by its invitation, those that are not by where they come from."""

    link: RateLimit
    unknown: RateLimit


AT_ONCE = 4
"""Writes of one company at once in this process: each waits for the company with a connection in hand, of which other
companies need some too."""


@dataclass(frozen=True, slots=True)
class ScimLimits:
    """How often a directory may ask, and how many writes of one company go on at once. ``unknown``: guesses from one
    address."""

    calls: RateLimit
    unknown: RateLimit
    _writing: WeakValueDictionary[UUID, asyncio.Semaphore] = field(
        default_factory=lambda: WeakValueDictionary[UUID, asyncio.Semaphore]()
    )

    @asynccontextmanager
    async def writing(self, company_id: UUID) -> AsyncGenerator[None]:
        """Inside, a write of the company."""
        turn = self._writing.get(company_id)
        if turn is None:
            turn = self._writing[company_id] = asyncio.Semaphore(AT_ONCE)
        async with turn:
            yield


@dataclass(frozen=True, slots=True)
class Parts:
    """The service's parts that its routes use. ``disclosures`` counts of how many people outside of it a company was
    told something today. ``catch_up`` waits, a bounded time, until what upload has published of a company's
    batches is applied here."""

    pool: Pool
    listener: Listener
    streams: Streams
    commands: CommandBus
    signer: Signer
    link_limits: LinkLimits
    standing: Standing
    permissions: Permissions
    disclosures: DailyQuota
    catch_up: Callable[[str], Awaitable[object]]
    refusals: RefusedAttempts
    activity: LogFollower[Event]
    scim: ScimLimits
    digests: AddressDigests

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection to read with, outside any transaction."""
        async with self.pool.acquire() as pooled:
            yield cast(Connection, pooled)  # a proxy with the connection's interface


def parts_of(request: Request) -> Parts:
    """Dependency: the service's parts."""
    return request.app.state.parts


PartsDep = Annotated[Parts, Depends(parts_of)]
