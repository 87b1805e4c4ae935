"""Everything that is known of one person, from every service: what they may ask whoever runs Usher for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import httpx
import msgspec
import structlog

from shared.erasure.known import Known
from shared.erasure.known_routes import PATH, Everything, KnownOf, everything, somebody
from shared.erasure.person import AddressDigests, Person
from shared.erasure.place import Places
from shared.http.callers import CallerSeal
from shared.observability.spans import carry
from shared.postgres.database import Pool

log = structlog.stdlib.get_logger(__name__)

SERVICE = "licensing"
_USER = "user-"
_SECONDS = 300.0
"""For which a service may look: it goes through all that it keeps."""


class Incomplete(Exception):
    """Some services could not be asked: what the others know is not all of it, and is not told."""

    def __init__(self, services: Sequence[str]) -> None:
        super().__init__(", ".join(services))
        self.services = services


class Source(Protocol):
    """One service that keeps something of people. Raises Away."""

    async def known(self, asked: KnownOf) -> Sequence[Known]: ...


class Away(Exception):
    """A service that can't be asked, or says what nobody understands."""


@dataclass(frozen=True, slots=True)
class OtherService:
    """A service at its address, asked in a call that licensing signs."""

    client: httpx.AsyncClient

    async def known(self, asked: KnownOf) -> Sequence[Known]:
        """See Source."""
        try:
            answer = await self.client.post(PATH, content=asked.model_dump_json(), headers=_JSON)
            answer.raise_for_status()
            return _ANSWER.decode(answer.content).items
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise Away(type(error).__name__) from error


_JSON = {"Content-Type": "application/json"}
_ANSWER = msgspec.json.Decoder(Everything)


class OtherServices:
    """The other services by their names, over connections that are kept while it is entered."""

    def __init__(
        self, urls: Mapping[str, str], seal: CallerSeal, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        hooks = {"request": [carry, seal.carry]}
        self._clients = {
            name: httpx.AsyncClient(base_url=url, timeout=_SECONDS, transport=transport, event_hooks=hooks)
            for name, url in urls.items()
        }

    async def __aenter__(self) -> Mapping[str, Source]:
        return self.sources

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*(client.aclose() for client in self._clients.values()))

    @property
    def sources(self) -> Mapping[str, Source]:
        """Each of them."""
        return {name: OtherService(client) for name, client in self._clients.items()}


@dataclass(frozen=True, slots=True)
class KnownOfPerson:
    """The use case. One at a time in a process: each looks through everything that there is."""

    pool: Pool
    places: Places
    digests: AddressDigests
    others: Mapping[str, Source]
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def gather(self, email: str) -> Mapping[str, Sequence[Known]]:
        """All of it, by service. Raises Incomplete: never a part of it."""
        async with self._turn:
            ids = users_in(await self._own(KnownOf(email=email)))
            asked = KnownOf(email=email, user_ids=sorted(ids))
            own, found = await asyncio.gather(
                self._own(asked), asyncio.gather(*(_asked(source, asked) for source in self.others.values()))
            )
        if away := [name for name, known in zip(self.others, found, strict=True) if known is None]:
            log.warning("person_not_shown", away=away)
            raise Incomplete(away)
        return {SERVICE: own, **{name: known or () for name, known in zip(self.others, found, strict=True)}}

    async def _own(self, asked: KnownOf) -> list[Known]:
        return await everything(self.pool, (*self.places, IndividualPlans()), somebody(asked, self.digests))


class IndividualPlans:
    """What is known of an address itself: that it has an account of its own, outside any company. Its events do not say
    the address."""

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """The plan."""
        async with pool.acquire() as conn:
            rows = await conn.fetch("SELECT email_key, plan FROM addresses WHERE plan IS NOT NULL")
        for row in rows:
            if person.has_address(row["email_key"]):
                yield Known("addresses", row["email_key"], {"plan": row["plan"]}, theirs=True)


def users_in(known: Iterable[Known]) -> set[UUID]:
    """The ids that the person has, or had, as a user: of the streams in which they stand by their address."""
    streams = (each.id.partition("#")[0] for each in known if each.theirs)
    return {UUID(stream.removeprefix(_USER)) for stream in streams if stream.startswith(_USER)}


async def _asked(source: Source, asked: KnownOf) -> Sequence[Known] | None:
    try:
        return await source.known(asked)
    except Away:
        return None
