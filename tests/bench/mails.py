"""Mails to a loopback sink that offers PIPELINING and to one that does not, the workers on one core: `[MAILS]`.

Notification's own senders with its default connections and groups, from queued mails of one batch until each is
recorded as sent, building included. The workers' thread has one core to itself as far as they go; the sink is pinned to
another one, which Postgres and whatever else runs may use too.
"""

import asyncio
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import perf_counter
from uuid import uuid4

import asyncpg

from services.notification.application.mail_queue import MailQueue
from services.notification.application.send_mails import Senders
from services.notification.application.smtp_client import MailServer, SmtpConnection
from services.notification.domain.mail.decide import mail_decider
from services.notification.main import SERVICE, composer, event_store
from services.notification.settings import NotificationSettings
from shared.postgres.database import SESSION_SETTINGS, Listener, Pool
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_least
from tests.bench.sink import Sink, sink
from tests.bench.waiting import until
from tests.integration.notification.harness import Harness
from tests.stack import TestStack

QUEUED_AT_ONCE = 500
LOOKS = 0.05
"""Seconds between two looks: the workers have one core, and looking takes of it."""
SETTINGS = NotificationSettings.model_validate({"invitation_key": "a key that is long enough for it"})


async def queue(pool: Pool, url: str, mails: int) -> None:
    """A batch's invitations, as the consumer leaves them."""
    harness = Harness(pool, Listener(url), url)
    await harness.named()
    batch = str(uuid4())
    for start in range(0, mails, QUEUED_AT_ONCE):
        names = range(start, min(start + QUEUED_AT_ONCE, mails))
        await harness.hear(*(harness.invited(f"person.{n}", batch) for n in names))


async def send(pool: Pool, url: str, mails: int, server: Sink) -> float:
    """Mails a second from the senders' start until all are recorded."""
    listener = Listener(url)
    place = MailServer.from_url(f"smtp://127.0.0.1:{server.port}", SETTINGS.sender, SETTINGS.mail_timeout)
    decider = mail_decider(SETTINGS.retry_policy)
    mail_queue = MailQueue(event_store(pool), decider, lambda: datetime.now(UTC), SETTINGS.mail_group, SETTINGS.lease)
    senders = Senders(
        mail_queue,
        composer(SETTINGS),
        lambda: SmtpConnection(place),
        listener,
        lambda: datetime.now(UTC),
        count=SETTINGS.mail_connections,
        max_mail_time=SETTINGS.max_mail_time,
    )
    begun = perf_counter()
    tasks = [asyncio.ensure_future(listener.run()), asyncio.ensure_future(senders.run())]

    async def sent() -> bool:
        return await pool.fetchval(_SENT) >= mails

    try:
        return mails / (await until(sent, looks=LOOKS) - begun)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


# From the batch's own counts: counting mails would cost more than it measures.
_SENT = "SELECT coalesce(sum(sent), 0)::int FROM batch_progress"


@contextmanager
def pinned(core: int) -> Generator[None]:
    """This thread, and what it starts, on one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def rate(stack: TestStack, mails: int, server: Sink) -> float:
    """One run on a database of its own."""
    url = stack.postgres_url(SERVICE)
    async with asyncpg.create_pool(url, min_size=4, max_size=12, server_settings=SESSION_SETTINGS) as pool:
        await queue(pool, url, mails)
        before = server.count()
        found = await send(pool, url, mails, server)
    assert server.count() - before == mails
    stack.drop(url)
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """Each run with mails of its own."""
    mails = plan.size(10_000, 300)
    cores = sorted(os.sched_getaffinity(0))
    goal = at_least(1_200, "mails/s")
    about = {"mails": mails, "connections": SETTINGS.mail_connections}
    with bench_stack() as stack:
        for pipelining, server_that in ((True, "offers PIPELINING"), (False, "does not")):
            with sink(cores[-1], pipelining) as server, pinned(cores[0]):
                found = [as_a_service(rate(stack, mails, server)) for _ in range(plan.times)]
            what = f"mails, building included, workers on one core, a server that {server_that}"
            yield Figure(what, "mails/s", found, "high", goal, about=about)
