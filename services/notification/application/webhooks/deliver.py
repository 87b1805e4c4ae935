"""Delivering a group: some of what waits for one webhook, several lines at once, one after the other within a line."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.notification.application.mail_queue import Clock
from services.notification.application.webhooks.webhook_client import Attempt
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.read_models.deliveries.queue import Due, Health, Result
from shared.core.crash_points import reached

GROUP_SECONDS = 1.0
"""After so long nothing of a group is begun any more, so that what was done is recorded soon and the lease, too."""


class Poster(Protocol):
    """What posts, as `WebhookClient` does."""

    async def post(self, event_id: str, body: str) -> Attempt: ...


@dataclass(slots=True)
class Group:
    """What became of a group. `gone`: it was answered that nothing is wanted any more."""

    results: list[Result] = field(default_factory=list[Result])
    delivered: int = 0
    failed: int = 0
    gone: bool = False


async def deliver_group(
    client: Poster, due: Sequence[Due], connections: int, schedule: RetrySchedule, clock: Clock
) -> Group:
    """Attempts what is due. What was not begun stays as it is: where `connections` attempts have failed and none was
    taken, the webhook is away, and the others would only wait for it."""
    lines: deque[deque[Due]] = deque(_by_line(due))
    group, ends = Group(), time.monotonic() + GROUP_SECONDS

    def goes_on() -> bool:
        away = group.failed >= connections and not group.delivered
        return not away and not group.gone and time.monotonic() < ends

    async def work() -> None:
        while lines and goes_on():
            line = lines.popleft()
            while line and goes_on():
                each = line.popleft()
                attempt = await client.post(str(each.event_id), each.body)
                reached("webhook.answered")
                _count(group, result_of(each, attempt, schedule, clock()), attempt)
                if not attempt.delivered:
                    break  # what comes later in the line waits for it

    async with asyncio.TaskGroup() as workers:
        for _ in range(min(connections, len(lines))):
            workers.create_task(work())
    return group


def _by_line(due: Iterable[Due]) -> Iterable[deque[Due]]:
    lines: dict[str, deque[Due]] = {}
    for each in due:
        lines.setdefault(each.line, deque()).append(each)
    return lines.values()


def _count(group: Group, result: Result, attempt: Attempt) -> None:
    group.results.append(result)
    group.delivered += attempt.delivered
    group.failed += not attempt.delivered
    group.gone = group.gone or attempt.gone


def result_of(due: Due, attempt: Attempt, schedule: RetrySchedule, now: datetime) -> Result:
    """An attempt as it is recorded: taken, to be tried again, or dead."""
    attempts = due.attempts + 1
    again = None
    if not attempt.delivered and not attempt.gone:
        again = schedule.again_at(attempts, now, attempt.retry_after)
    return Result(
        place=due.place,
        event_id=due.event_id,
        state="delivered" if attempt.delivered else "waiting" if again else "dead",
        attempts=attempts,
        run_at=again or now,
        ended_at=None if again else now,
        status=attempt.status,
        answer=attempt.answer,
        error=attempt.error,
        seconds=attempt.seconds,
    )


def health_after(before: Health, group: Group, seconds: float, schedule: RetrySchedule, now: datetime) -> Health:
    """How a webhook does after a group: well, as soon as it has taken anything."""
    slow = seconds > SLOW_SECONDS
    if group.delivered:
        return Health(slow=slow, delivered_at=now)
    if not group.failed:
        return before
    failures = before.failures + group.failed
    since = before.failing_since or now
    return Health(failures, since, schedule.rested_at(failures, now), slow, before.delivered_at)


SLOW_SECONDS = 3.0
"""A group that took longer is a slow webhook's, which has to share its turns with those that fail."""
