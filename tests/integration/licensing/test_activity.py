"""What happened in a company, as its admins see it: from the log, on a real database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import uuid_utils.compat as uuids

from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.note_refusals import RefusedAttempts
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.activity import batches, query
from services.licensing.read_models.activity.lines import who_is
from services.licensing.read_models.activity.projection import ActivityProjection
from services.licensing.read_models.activity.query import ActivityFilter
from services.licensing.read_models.activity.view import Happening, Refusal
from services.licensing.read_models.joined.query import joined
from shared.eventsourcing.log_follower import LogFollower
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.messaging.inbox import Received
from shared.people.origins import FORM
from shared.postgres.database import Listener
from tests.integration.licensing.world import BY, Licensing, context, row
from usher_contracts import BatchActionRefused, BatchApproved, BatchCancelled, BatchUploaded, File, Person

pytestmark = pytest.mark.anyio

OTHER = Actor("otto@acme.example", "Otto Other")


async def caught_up(licensing: Licensing) -> LogFollower[Any]:
    follower = LogFollower(licensing.store, ActivityProjection(), Listener(licensing.url))
    await follower.catch_up()
    assert await follower.wait(0)
    return follower


async def listed(licensing: Licensing, company: UUID, limit: int = 100, **wanted: Any) -> list[Happening]:
    """All pages."""
    items, cursor = list[Happening](), None
    async with licensing.pool.acquire() as conn:
        while True:
            page = await query.page(conn, company, ActivityFilter(**wanted), limit, cursor)
            items += page.items
            cursor = page.next_cursor
            if cursor is None:
                return items


def said(items: Sequence[Happening]) -> list[tuple[str, str | None, int]]:
    return [(each.what, each.by.name if each.by else None, each.count) for each in items]


async def test_it_says_who_did_what_to_whom_newest_first(licensing: Licensing) -> None:
    company = await licensing.company()
    boss = await licensing.active(company, "boss@acme.example", first_name="Mia", last_name="Boss")
    ann = await licensing.invite(company, "ann@acme.example", reports_to="boss@acme.example")
    await licensing.edit(company, [ann], title="Seller")
    await licensing.deactivate(company, boss, by=OTHER)
    await caught_up(licensing)
    found = await listed(licensing, company)
    assert said(found) == [
        *sorted([("deactivated", "Otto Other", 1), ("moved_up", "Otto Other", 1)], reverse=found[0].what == "moved_up"),
        ("changed", "Ada Admin", 1),
        ("invited", "Ada Admin", 1),
        ("activated", None, 1),
        ("invited", "Ada Admin", 1),
        ("company_changed", None, 1),
    ]
    (deactivated,) = [each for each in found if each.what == "deactivated"]
    assert deactivated.user is not None and deactivated.user.name == "Mia Boss"
    (changed,) = [each for each in found if each.what == "changed"]
    assert [(each.field, each.from_, each.to) for each in changed.changes] == [("title", None, "Seller")]
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)


async def test_a_batch_is_one_line_a_kind_that_opens_to_its_users(licensing: Licensing) -> None:
    company, batch = await licensing.company(purchased=3_000), uuid4()
    rows = [row(f"u{n}@acme.example") for n in range(2, 2_302)]
    await licensing.put_batch(company, rows, batch)
    await licensing.work()
    await caught_up(licensing)
    (line,) = await listed(licensing, company, batch_id=batch)
    assert (line.what, line.count, line.by and line.by.email, line.origin) == ("invited", 2_300, BY.email, "file")
    users, cursor = list[str](), None
    async with licensing.pool.acquire() as conn:
        while True:
            opened = await query.users_of_line(conn, company, line.id, 500, cursor)
            assert opened is not None
            users += [each.user.email or "" for each in opened[0]]
            if (cursor := opened[1]) is None:
                break
        foreign = await query.users_of_line(conn, uuid4(), line.id, 500, None)
    assert users == [f"u{n}@acme.example" for n in range(2, 2_302)]
    assert foreign is None, "another company's line is none"
    user_id = await licensing.pool.fetchval("SELECT user_id FROM users WHERE email = 'u7@acme.example'")
    (own,) = await listed(licensing, company, user_id=user_id)
    assert (own.what, own.count, own.batch_id) == ("invited", 1, batch), "the person's own"


async def test_the_filters_and_what_stands_before_a_page_was_asked_for(licensing: Licensing) -> None:
    company = await licensing.company(purchased=50)
    users = [await licensing.invite(company, f"u{n}@acme.example") for n in range(4)]
    await licensing.cancel(company, users[0])
    await licensing.edit(company, users[1:], title="Seller")
    await caught_up(licensing)
    ada = who_is(company, "ADMIN@acme.example")
    assert len(await listed(licensing, company, who=ada)) == 6
    assert said(await listed(licensing, company, who=ada, what=["changed"])) == [("changed", "Ada Admin", 3)]
    assert said(await listed(licensing, company, what=["invitation_cancelled", "company_changed"])) == [
        ("invitation_cancelled", "Ada Admin", 1),
        ("company_changed", None, 1),
    ]
    assert said(await listed(licensing, company, user_id=users[1])) == [
        ("changed", "Ada Admin", 1),
        ("invited", "Ada Admin", 1),
    ]
    assert not await listed(licensing, company, end=datetime.now(UTC) - timedelta(days=1))
    assert not await listed(licensing, company, user_id=users[1], start=datetime.now(UTC) + timedelta(days=1))
    assert not await listed(licensing, company, who=who_is(company, "nobody@acme.example"))
    assert len(await listed(licensing, company)) == len(await listed(licensing, company, limit=2)) == 7


async def test_pages_neither_skip_nor_double_while_new_lines_arrive(licensing: Licensing) -> None:
    company = await licensing.company(purchased=50)
    for n in range(10):
        await licensing.invite(company, f"u{n}@acme.example")
    await caught_up(licensing)
    before = [each.id for each in await listed(licensing, company)]
    seen, cursor = list[UUID](), None
    for n in range(10, 30):
        async with licensing.pool.acquire() as conn:
            page = await query.page(conn, company, ActivityFilter(), 2, cursor)
        seen += [each.id for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
        await licensing.invite(company, f"u{n}@acme.example")
        await caught_up(licensing)
    assert seen == before


async def test_what_was_refused_is_kept_so_many_a_day_and_found_by_the_user(licensing: Licensing) -> None:
    company = await licensing.company()
    ann = await licensing.active(company, "ann@acme.example")
    refusals = RefusedAttempts(licensing.store, most_a_day=2)
    at = replace(context(), company_id=str(company), origin=FORM)
    for _ in range(3):
        await refusals.note(company, at, AttemptRefused("deactivate", "own_account", BY, ann, 1))
    await caught_up(licensing)
    found = await listed(licensing, company, what=["refused"])
    assert len(found) == 2, "and no third of that day"
    assert found[0].refused is not None and found[0].refused.code == "own_account"
    assert found[0].user is not None and found[0].user.name == "Ann Lee"
    assert [each.what for each in await listed(licensing, company, user_id=ann)].count("refused") == 2
    assert await listed(licensing, company, user_id=ann, what=["invited"])


async def test_what_upload_tells_of_a_batch_stands_among_it_once(licensing: Licensing) -> None:
    company, batch = await licensing.company(), uuid4()
    maya, now = Person(email="maya@acme.example", name="Maya Lindqvist"), datetime.now(UTC)
    file = File(name="q3.xlsx", size=1, sha256="0" * 64, ref="x")
    common: dict[str, Any] = {"batch_id": str(batch), "company_id": str(company)}
    events = [
        BatchUploaded(**common, uploaded_by=maya, file=file),
        BatchApproved(**common, review=1, approved_by=Person(email="otto@acme.example", name="Otto Other")),
        BatchActionRefused(
            **common, action="approve", code="own_batch", message="Another admin has to.", refused_to=maya
        ),
        BatchCancelled(**common, cancelled_by=Person(email="", name="Usher")),
    ]
    received = [_received(event, now + timedelta(seconds=n)) for n, event in enumerate(events)]
    async with licensing.pool.acquire() as conn:
        for _ in range(2):
            await batches.record(conn, received)
    found = await listed(licensing, company, batch_id=batch)
    assert said(found) == [
        ("batch_cancelled", None, 1),
        ("refused", "Maya Lindqvist", 1),
        ("batch_approved", "Otto Other", 1),
        ("batch_uploaded", "Maya Lindqvist", 1),
    ]
    assert found[1].refused == Refusal(action="approve", code="own_batch", message="Another admin has to.")
    assert [(each.origin, each.file_name) for each in found] == [
        ("time", "q3.xlsx"),
        ("form", "q3.xlsx"),
        ("form", "q3.xlsx"),
        ("file", "q3.xlsx"),
    ]
    assert said(await listed(licensing, company, who=who_is(company, maya.email))) == [
        ("refused", "Maya Lindqvist", 1),
        ("batch_uploaded", "Maya Lindqvist", 1),
    ]
    assert said(await listed(licensing, company, what=["refused"])) == [("refused", "Maya Lindqvist", 1)]


def _received(event: Any, at: datetime) -> Received:
    return Received(
        id=str(uuids.uuid7()),
        type=event.type,
        topic=event.topic,
        partition=0,
        offset=0,
        subject="s",
        company_id=event.company_id,
        sequence=1,
        time=at,
        correlation_id=event.batch_id,
        traceparent="",
        event=event,
    )


async def test_a_rebuild_says_the_same_and_what_comes_behind_it_is_told_once(licensing: Licensing) -> None:
    company, batch = await licensing.company(purchased=3_000), uuid4()
    await licensing.put_batch(company, [row(f"u{n}@acme.example") for n in range(2, 1_502)], batch)
    await licensing.work()
    follower = await caught_up(licensing)
    rebuild = Rebuild(licensing.store, ActivityProjection())
    assert await rebuild.differences(licensing.url) == {"activity": 0}
    await licensing.invite(company, "late@acme.example")
    await rebuild.run(licensing.url)
    await follower.catch_up()
    counts = [each.count for each in await listed(licensing, company, what=["invited"])]
    assert counts == [1, 1_500], "the checkpoint was behind the rebuild"


async def test_a_refused_command_leaves_its_line_and_nothing_else(licensing: Licensing) -> None:
    company = await licensing.company()
    ann = await licensing.active(company, "ann@acme.example")
    await caught_up(licensing)
    before = len(await listed(licensing, company))
    with pytest.raises(Exception, match="own_account"):
        me = Actor("ann@acme.example", "Ann Lee")
        await licensing.run(company, lambda uow: deactivate_users(uow, [ann], me))
    await caught_up(licensing)
    assert len(await listed(licensing, company)) == before


async def test_who_joined_of_a_batch_by_day_region_and_manager(licensing: Licensing) -> None:
    company, batch = await licensing.company(purchased=50, regions=("EMEA", "APAC")), uuid4()
    rows = [row(f"u{n}@acme.example", region="EMEA" if n < 5 else "APAC") for n in range(2, 8)]
    await licensing.put_batch(company, rows, batch)
    await licensing.work()
    ids = {
        r["email"]: r["user_id"]
        for r in await licensing.pool.fetch("SELECT email, user_id FROM users WHERE company_id = $1", company)
    }
    boss = ids["u2@acme.example"]
    await licensing.edit(company, [ids["u3@acme.example"], ids["u4@acme.example"]], reports_to="u2@acme.example")
    day = datetime.now(UTC).replace(hour=12)
    for n in (2, 3, 5):
        await licensing.accept(await licensing.invitation(ids[f"u{n}@acme.example"]), at=day)
    await licensing.cancel(company, ids["u7@acme.example"])
    async with licensing.pool.acquire() as conn:
        by_day, by_region, by_manager, everybody = [
            await joined(conn, company, which, by)
            for which, by in ((batch, "day"), (batch, "region"), (batch, "manager"), (None, "region"))
        ]
        assert await joined(conn, company, uuid4(), None) is None
    assert by_day and by_region and by_manager and everybody
    assert (by_day.invited, by_day.joined, by_day.gone) == (6, 3, 1)
    assert [(g.value, g.joined) for g in by_day.groups] == [(f"{day:%Y-%m-%d}", 3)]
    assert {(g.value, g.invited, g.joined) for g in by_region.groups} == {("EMEA", 3, 2), ("APAC", 2, 1)}
    assert {(g.value, g.name, g.invited, g.joined) for g in by_manager.groups} == {
        (str(boss), "Ann Lee", 2, 1),
        (None, None, 3, 2),
    }
    assert (everybody.invited, everybody.joined) == (5, 3)
