"""A job to forget somebody waits until the service has applied what was said before."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from shared.erasure.erase_job import EraseJob
from shared.eventsourcing.events import Context
from shared.jobs.queue import Job, Retry
from tests.unit.shared.test_erasing import DIGESTS, PERSON

pytestmark = pytest.mark.anyio

REQUEST: dict[str, Any] = {
    "erasure_id": str(PERSON.erasure_id),
    "company_id": str(PERSON.company_id),
    "user_ids": [],
    "address_digests": [],
    "erased_at": "2027-03-01T00:00:00+00:00",
}
ENDS = {"usher.users.v1:0": 7}


@dataclass
class Consumers:
    """They stand behind until they are said to have caught up."""

    caught_up: bool = False
    away: bool = False
    asked: int = 0
    waited_for: list[Mapping[str, int]] = field(default_factory=list[Mapping[str, int]])

    async def ends(self) -> Mapping[str, int]:
        if self.away:
            raise TimeoutError
        self.asked += 1
        return ENDS

    async def reach(self, ends: Mapping[str, int]) -> bool:
        self.waited_for.append(ends)
        return self.caught_up


@dataclass
class Service:
    """A store in memory, and one place in which people are forgotten."""

    kept: dict[str, Any] = field(default_factory=lambda: {"request": REQUEST})
    erased: int = 0
    done: int = 0
    name: str = "somewhere"

    @property
    def pool(self) -> "Service":
        return self

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator["Service"]:
        yield self

    async def execute(self, _sql: str, _id: int, _lease: UUID, name: str, value: str) -> None:
        self.kept[name] = orjson.loads(value)

    async def erase(self, _pool: object, _person: object) -> int:
        self.erased += 1
        return 1

    async def run(self, _work: object) -> None:
        self.done += 1


def job(service: Service) -> Job:
    context = Context("request", None, "", None, datetime(2027, 3, 1, tzinfo=UTC))
    blank = Job(1, "erase", "e", str(PERSON.company_id), {}, context, 1, UUID(int=1))
    return replace(blank, payload=dict(service.kept))


def erasing(service: Any, consumers: Consumers | None) -> EraseJob:
    return EraseJob(service, [service], DIGESTS, consumers)


@pytest.mark.parametrize("away", [False, True])
async def test_nobody_is_forgotten_while_consumers_are_behind(away: bool) -> None:
    service, consumers = Service(), Consumers(away=away)
    with pytest.raises(Retry):
        await erasing(service, consumers)(job(service))
    assert (service.erased, service.done) == (0, 0)


async def test_it_waits_for_no_more_than_there_was_when_it_was_begun() -> None:
    service, consumers = Service(), Consumers()
    for _ in range(3):
        with pytest.raises(Retry):
            await erasing(service, consumers)(job(service))
    consumers.caught_up = True
    await erasing(service, consumers)(job(service))
    assert (service.erased, service.done) == (1, 1)
    assert consumers.asked == 1 and consumers.waited_for == [ENDS] * 4


async def test_before_anything_is_heard_nothing_is_waited_for() -> None:
    service = Service()
    await erasing(service, None)(job(service))
    assert (service.erased, service.done) == (1, 1)
