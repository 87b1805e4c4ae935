"""A group of deliveries to one webhook: in order within a line, several lines at once, and no more than it can bear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.notification.application.webhooks.deliver import Group, deliver_group, health_after
from services.notification.application.webhooks.record_deliveries import DELIVERABLE, line_of
from services.notification.application.webhooks.webhook_client import Attempt
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.read_models.deliveries.queue import Due, Health
from tests.unit.notification.examples import AT, after

pytestmark = pytest.mark.anyio
TAKEN, FAILED, GONE = (Attempt(status, "", None, 0.1) for status in (200, 500, 410))
SCHEDULE = RetrySchedule()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Posts:
    """A receiver that answers as told, and says how many it had at once."""

    def __init__(self, answer: Callable[[str], Attempt]) -> None:
        self.answer = answer
        self.sent: list[str] = []
        self.at_once = self.most = 0

    async def post(self, event_id: str, body: str) -> Attempt:
        self.sent.append(event_id)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self.answer(body)


def due(*lines: str) -> list[Due]:
    return [Due(n, UUID(int=n), "t", line, line, 0, AT) for n, line in enumerate(lines)]


async def delivered(posts: Posts, waiting: list[Due], connections: int = 4) -> Group:
    return await deliver_group(posts, waiting, connections, SCHEDULE, lambda: AT)


async def test_one_line_goes_one_after_the_other_and_lines_side_by_side() -> None:
    one = Posts(lambda _: TAKEN)
    await delivered(one, due(*["a"] * 10))
    assert one.most == 1 and one.sent == [str(UUID(int=n)) for n in range(10)]
    many = Posts(lambda _: TAKEN)
    await delivered(many, due(*"abcdefghij"))
    assert many.most == 4


async def test_what_is_behind_one_that_failed_is_not_sent() -> None:
    posts = Posts(lambda line: FAILED if line == "a" else TAKEN)
    group = await delivered(posts, due("a", "b", "a", "b", "a"))
    states = [(int(result.event_id), result.state, result.attempts) for result in group.results]
    assert sorted(states) == [(0, "waiting", 1), (1, "delivered", 1), (3, "delivered", 1)]
    [put_off] = [result for result in group.results if result.state == "waiting"]
    assert (put_off.run_at, put_off.ended_at, put_off.status) == (after(5), None, 500)


async def test_one_that_is_away_is_not_tried_with_all_that_waits() -> None:
    posts = Posts(lambda _: FAILED)
    group = await delivered(posts, due(*[f"line-{n}" for n in range(100)]))
    assert group.failed == len(posts.sent) <= 8


async def test_one_that_wants_no_more_gets_no_more() -> None:
    posts = Posts(lambda _: GONE)
    group = await delivered(posts, due(*[f"line-{n}" for n in range(100)]), 1)
    assert group.gone and len(posts.sent) == 1
    assert group.results[0].state == "dead"


async def test_the_last_pause_over_it_is_dead() -> None:
    waiting = [Due(0, UUID(int=0), "t", "a", "a", len(SCHEDULE.pauses), AT)]
    group = await delivered(Posts(lambda _: FAILED), waiting)
    assert [(result.state, result.ended_at) for result in group.results] == [("dead", AT)]


@settings(max_examples=50)
@for_all(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30), st.integers(1, 5))
def test_in_whatever_group_a_line_is_sent_in_order_and_stops_at_what_fails(
    script: list[tuple[str, bool]], connections: int
) -> None:
    waiting = [Due(n, UUID(int=n), "t", line, str(n), 0, AT) for n, (line, _) in enumerate(script)]
    posts = Posts(lambda body: TAKEN if script[int(body)][1] else FAILED)
    group = asyncio.run(delivered(posts, waiting, connections))
    assert len(group.results) == len(posts.sent)
    for line in "abcd":
        its = [n for n, (of, _) in enumerate(script) if of == line]
        sent = [int(UUID(event)) for event in posts.sent if script[int(UUID(event))][0] == line]
        assert sent == its[: len(sent)]
        assert all(script[n][1] for n in sent[:-1])


def test_a_webhook_is_well_as_soon_as_it_has_taken_anything() -> None:
    failing = health_after(Health(), Group(failed=3), 0.1, SCHEDULE, AT)
    assert (failing.failures, failing.failing_since, failing.rest_until) == (3, AT, after(2))
    worse = health_after(failing, Group(failed=1), 0.1, SCHEDULE, after(60))
    assert (worse.failures, worse.failing_since) == (4, AT)
    assert health_after(worse, Group(delivered=1, failed=7), 0.1, SCHEDULE, after(90)) == Health(delivered_at=after(90))
    assert health_after(Health(), Group(delivered=1), 9.0, SCHEDULE, AT).slow


def test_all_that_is_about_a_user_is_one_line_whichever_stream_tells_it() -> None:
    assert line_of("mail-7", {"user_id": "u-1"}) == line_of("user-u-1", {"user_id": "u-1"})
    assert line_of("batch-1", {}) == "batch-1"


def test_every_event_but_the_directorys_states_can_be_told() -> None:
    names = {event.__name__ for event in DELIVERABLE}
    assert {"UserInvited", "BatchCompleted", "CompanyChanged", "InvitationSent", "BatchValidated"} <= names
    assert "UserState" not in names
