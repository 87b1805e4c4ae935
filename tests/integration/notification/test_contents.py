"""What mails said is forgotten when its time is over, on real Postgres, with a clock that is put forward."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.notification.application import forget_contents
from services.notification.application.forget_contents import ForgetContents
from services.notification.domain.mail.events import MailQueued
from services.notification.domain.stored_events import mail_of
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.eventsourcing.shadow_tables import shadow_tables
from tests.integration.notification.harness import PROJECTIONS, Harness, until
from tests.integration.notification.smtp import MailServerScript

pytestmark = pytest.mark.anyio
BATCH = "0190a000-0000-7000-8000-0000000000b1"
KEPT = timedelta(days=30)
COLUMNS = "SELECT stream, version, id, type, at, commit_id, index FROM events"
UNKNOWN = "550 5.1.1 mailbox not found"
WORDS = ("Quibble", "Brackwater", "Welcome to the dam")


def forgetting(harness: Harness) -> ForgetContents:
    return ForgetContents(harness.store, harness.clock, KEPT)


async def mailed(harness: Harness, mail: MailServerScript) -> None:
    """Two invitations with words that stand nowhere else: one is taken, one refused."""
    mail.plan("nobody@northwind.example", UNKNOWN)
    await harness.named()
    people = [harness.invited(name, BATCH) for name in ("ann", "nobody")]
    odd = {"first_name": WORDS[0], "last_name": WORDS[1], "message": WORDS[2]}
    await harness.hear(*(person.model_copy(update=odd) for person in people))
    async with harness.sending(mail.port, watched=False):

        async def ended() -> bool:
            return await harness.states() == {"ann": "sent", "nobody": "failed"}

        await until(ended, "both have come to an end")


async def readable(harness: Harness) -> list[str]:
    """The words that are still to be read."""
    events = await harness.pool.fetchval("SELECT string_agg(data::text, ' ') FROM events")
    rows = await harness.pool.fetchval("SELECT string_agg(content::text, ' ') FROM mail_jobs")
    return [word for word in WORDS if word in f"{events} {rows}"]


async def test_what_mails_said_goes_after_its_time_and_the_fact_stays(harness: Harness, mail: MailServerScript) -> None:
    await mailed(harness, mail)
    before = await harness.pool.fetch(f"{COLUMNS} ORDER BY commit_id, index")
    assert await forgetting(harness).sweep() == 0
    assert await readable(harness) == [*WORDS]

    harness.clock.ahead = KEPT + timedelta(seconds=1)
    assert await forgetting(harness).sweep() == 2

    assert await readable(harness) == []
    assert await harness.pool.fetch(f"{COLUMNS} ORDER BY commit_id, index") == before
    assert await harness.states() == {"ann": "sent", "nobody": "failed"}
    for projection in PROJECTIONS:
        assert set((await Rebuild(harness.store, projection).differences(harness.url)).values()) == {0}
    assert await forgetting(harness).sweep() == 0


async def test_what_has_not_come_to_an_end_stays_whole(harness: Harness, mail: MailServerScript) -> None:
    await mailed(harness, mail)
    await harness.hear(harness.invited("late", BATCH))
    harness.clock.ahead = KEPT * 2
    await forgetting(harness).sweep()
    async with harness.pool.acquire() as conn:
        log = await harness.store.read(conn, 0, 1_000)
    names = {mail_of(r.stream): r.event.content for r in log if isinstance(r.event, MailQueued)}
    assert sorted(getattr(content, "first_name", "") for content in names.values()) == ["", "", "Late"]
    assert (
        await harness.pool.fetchval("SELECT content ->> 'first_name' FROM mail_jobs WHERE state = 'queued'") == "Late"
    )


async def test_portions_of_several_replicas_come_to_the_same(
    harness: Harness, mail: MailServerScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forget_contents, "PORTION", 1)
    await mailed(harness, mail)
    harness.clock.ahead = KEPT * 2

    async def forgotten() -> bool:
        await asyncio.gather(*(forgetting(harness).sweep() for _ in range(3)))
        return not await readable(harness)

    await until(forgotten, "nothing is left to read")


async def test_nothing_is_rewritten_while_a_read_model_is_rebuilt(harness: Harness, mail: MailServerScript) -> None:
    await mailed(harness, mail)
    harness.clock.ahead = KEPT * 2
    async with shadow_tables(harness.url, "mail_jobs", ["mail_jobs"]):
        assert await forgetting(harness).sweep() == 0
        assert await readable(harness) == [*WORDS]
    assert await forgetting(harness).sweep() == 2
