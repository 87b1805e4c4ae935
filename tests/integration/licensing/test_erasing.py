"""Licensing forgets somebody: who may be, what is left in the log and beside it; and nothing says who they were."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.licensing.application.erase_person import places
from services.licensing.application.request_erasure import Asked, request_erasure
from services.licensing.application.saved_views import save_view
from services.licensing.domain.refusals import Refused
from services.licensing.domain.saved_views.events import View
from services.licensing.domain.user.state import Actor
from services.licensing.main import FOLLOWING, PROJECTIONS
from services.licensing.read_models.erasures import query
from shared.erasure.erase_job import KIND, EraseJob
from shared.erasure.person import EVERYWHERE, AddressDigests
from shared.eventsourcing.log_follower import LogFollower
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.jobs import queue
from shared.jobs.worker import Worker
from shared.people.address import parse
from shared.postgres.database import Listener
from tests.integration.licensing.world import BY, POLICY, Licensing, context

pytestmark = pytest.mark.anyio

DIGESTS = AddressDigests("k" * 32)
EMAIL = "zqxann.zqxlee@acme.example"
VALUES = ("zqxann", "zqxlee", "Zqxsite", "zqxtitle", "zqxregion", "zqxsub")
"""Parts of all that says who they were, in whatever case."""


async def ask(
    licensing: Licensing,
    company: UUID | None,
    *,
    email: str | None = None,
    user_id: UUID | None = None,
    reason: str = "Asked.",
) -> UUID:
    asked = Asked(parse(email) if email else None, user_id, reason, company, BY if company else None)
    return await licensing.run(company or EVERYWHERE, lambda uow: request_erasure(uow.tx, asked, DIGESTS, uow))


async def carry_out(licensing: Licensing, erasure_id: UUID) -> None:
    """As the consumer of the topic and the worker do."""
    (said,) = [e for e in await licensing.told("ErasureRequested") if getattr(e, "erasure_id", None) == erasure_id]
    found: Any = said
    request = {
        "erasure_id": str(erasure_id),
        "company_id": str(found.company_id),
        "user_ids": [str(each) for each in found.user_ids],
        "address_digests": list(found.address_digests),
        "erased_at": found.erased_at.isoformat(),
    }
    async with licensing.pool.acquire() as conn:
        await queue.put(conn, KIND, str(erasure_id), request["company_id"], {"request": request}, context())  # pyright: ignore[reportArgumentType]
    job = EraseJob(licensing.store, places(licensing.store, POLICY), DIGESTS)
    worker = Worker(licensing.pool, {KIND: job}, Listener(licensing.url))
    while (claimed := await worker._claim()) is not None:  # pyright: ignore[reportPrivateUsage]
        await job(claimed)


async def everything(licensing: Licensing) -> dict[str, str]:
    """All rows of all tables as text."""
    tables = await licensing.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found: dict[str, str] = {}
    for table in tables:
        rows = await licensing.pool.fetch(f'SELECT t::text AS row FROM "{table["tablename"]}" t')
        found[table["tablename"]] = "\n".join(row["row"] for row in rows)
    return found


def where(found: dict[str, str], values: Sequence[str] = VALUES) -> dict[str, list[str]]:
    """In which tables which of the values stand; in bytea they are hexadecimal."""
    said: dict[str, list[str]] = {}
    for table, text in found.items():
        inside = [v for v in values if v.lower() in text.lower() or v.encode().hex() in text]
        if inside:
            said[table] = inside
    return said


async def left(licensing: Licensing, company: UUID) -> UUID:
    """Somebody of whom licensing has as much as it can, and who is Inactive."""
    user_id = await licensing.invite(
        company,
        EMAIL,
        first_name="Zqxann",
        last_name="Zqxlee",
        title="Zqxtitle",
        region="Zqxregion",
        own={"Site": "Zqxsite"},
    )
    await licensing.accept(await licensing.invitation(user_id))
    report = await licensing.invite(company, "ben@acme.example", reports_to=EMAIL)
    me = Actor(EMAIL, "Zqxann Zqxlee", "zqxsub", "https://id.example")
    await licensing.run(company, lambda uow: save_view(uow, View("Mine", search="", shared=True), me, begin=True))
    await licensing.deactivate(company, await licensing.active(company, "cyd@acme.example"), by=me)
    await licensing.deactivate(company, user_id)
    await _plant(licensing, company, user_id, me)
    await LogFollower(licensing.store, FOLLOWING[0], Listener(licensing.url)).catch_up()
    assert report
    return user_id


async def _plant(licensing: Licensing, company: UUID, user_id: UUID, me: Actor) -> None:
    """Into the tables that other parts of the service keep."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    person = {"email": EMAIL, "name": "Zqxann Zqxlee", "subject": "zqxsub", "issuer": "https://id.example"}
    event = json.dumps({"company_id": str(company), "user_id": str(user_id), "email": EMAIL, "first_name": "Zqxann"})
    plantings: list[tuple[str, list[Any]]] = [
        ("INSERT INTO dead_letter (consumer, stream, topic, partition, \"offset\", value, headers, error, created_at)"
         " VALUES ('c', 's', 't', 0, 1, $1, '', $2, $3)", [event.encode(), f"ValueError: {EMAIL}", now]),
        ("INSERT INTO idempotency (company_id, call, key, body_sha256, status, headers, body, created_at)"
         " VALUES ($1, 'POST /x', 'k', '', 200, '{}', $2, $3)", [company, event.encode(), now]),
        ("INSERT INTO deliveries VALUES ($1, $2, 'failed', $3, $4)", [uuid4(), company, f"550 <{EMAIL}>", now]),
        ("INSERT INTO batch_activity VALUES ($1, $2, $3, 'batch_uploaded', NULL, $4, 'file', $5::jsonb)",
         [uuid4(), company, now, uuid4(), json.dumps({"by": person})]),
        ("INSERT INTO scim_tokens VALUES ($1, $2, 'Entra', '\\x01', $3::jsonb, $4)",
         [uuid4(), company, json.dumps(person), now]),
        ("INSERT INTO scim_users (id, company_id, user_id, external_id, email_key, profile, created_at, changed_at)"
         " VALUES ($1, $2, $3, 'Zqxann', $4, $5::jsonb, $6, $6)",
         [uuid4(), company, user_id, EMAIL, json.dumps({"email": EMAIL, "first_name": "Zqxann"}), now]),
        ("INSERT INTO jobs (kind, key, company_id, payload, correlation_id, traceparent, created_at)"
         " VALUES ('other', 'k', $1, $2::jsonb, 'c', 't', $3)", [company, json.dumps({"by": person}), now]),
        ("INSERT INTO seat_requests VALUES ($1, $2, 'open', 1, '{}', $3, NULL, $4::jsonb, $5)",
         [uuid4(), company, f"Ask {EMAIL}", json.dumps(person), now]),
        ("INSERT INTO undoable_actions VALUES ($1, $2, 'zqxsub', $3, 's', $4::jsonb)",
         [uuid4(), company, now, json.dumps([{"user_id": str(user_id), "before": {"email": EMAIL}}])]),
    ]  # fmt: skip
    for sql, arguments in plantings:
        await licensing.pool.execute(sql, *arguments)
    del me


async def test_of_whom_an_admin_has_forgotten_no_byte_is_left_and_the_log_folds_on(licensing: Licensing) -> None:
    from services.licensing.domain.licenses.company_settings import CustomField

    company = await licensing.company(custom_fields=(CustomField("Site"),))
    user_id = await left(licensing, company)
    assert len(where(await everything(licensing))) >= 12, "they are everywhere"
    seats, positions = await licensing.seats(company), await licensing.pool.fetch(_STANDING)
    erasure_id = await ask(licensing, company, user_id=user_id, reason=f"Zqxann ZQXLEE ({EMAIL}) wrote to us.")
    await carry_out(licensing, erasure_id)
    await LogFollower(licensing.store, FOLLOWING[0], Listener(licensing.url)).catch_up()
    assert where(await everything(licensing)) == {}
    after = await licensing.pool.fetch(_STANDING)
    assert after[: len(positions)] == positions, "stream, version, type, time and ids stay"
    now = await licensing.seats(company)
    assert now.model_dump() == {**seats.model_dump(), "inactive": seats.model_dump()["inactive"] - 1}
    await licensing.pool.execute("DELETE FROM seat_requests")  # planted, and in no log
    for projection in (*PROJECTIONS, *FOLLOWING):
        differences = await Rebuild(licensing.store, projection).differences(licensing.url)
        assert not any(differences.values()), (projection.name, differences)
    found = await query.one(licensing.pool, company, erasure_id)
    assert found is not None
    assert found.reason == "erased erased (erased) wrote to us."
    (own,) = [each for each in found.services if each.service == "licensing"]
    assert own.state == "done"
    assert own.places["events"] > 0
    assert found.state == "open", "the others have not said so yet"


async def test_asked_again_it_is_the_same_erasure(licensing: Licensing) -> None:
    company = await licensing.company()
    user_id = await licensing.invite(company, EMAIL)
    await licensing.cancel(company, user_id)
    first = await ask(licensing, company, email=EMAIL)
    assert await ask(licensing, company, email=EMAIL.upper().replace("ACME.EXAMPLE", "acme.example")) == first
    await carry_out(licensing, first)
    assert await ask(licensing, company, user_id=user_id) == first
    assert [type(e).__name__ for e in await licensing.told("UserErased")] == ["UserErased"]


async def test_who_is_a_member_is_not_forgotten_and_neither_is_who_is_another_companys(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    waiting = await licensing.invite(company, EMAIL)
    both: Sequence[dict[str, Any]] = ({"user_id": waiting}, {"email": EMAIL})
    for asked in both:
        with pytest.raises(Refused, match="still_member"):
            await ask(licensing, company, **asked)
        with pytest.raises(Refused, match="still_member"):
            await ask(licensing, None, **asked)
        with pytest.raises(Refused, match="nobody_to_erase"):
            await ask(licensing, other, **asked)
    with pytest.raises(Refused, match="nobody_to_erase"):
        await ask(licensing, company, email="never@acme.example")
    assert await licensing.told("ErasureRequested") == []


async def test_the_platform_forgets_who_was_only_ever_in_a_file_and_who_comes_back_is_somebody_new(
    licensing: Licensing,
) -> None:
    company = await licensing.company()
    first = await ask(licensing, None, email=EMAIL)
    assert await ask(licensing, None, email=EMAIL) == first, "it is under way"
    await carry_out(licensing, first)
    assert await ask(licensing, None, email=EMAIL) != first, "there may be newer files"
    user_id = await licensing.invite(company, EMAIL)
    await carry_out(licensing, first)
    assert (await licensing.user(company, user_id)).profile.email == EMAIL


async def test_a_log_from_before_it_forgets_again(licensing: Licensing) -> None:
    """As a restored backup has it: they are Active there, and nothing is known of a request."""
    company = await licensing.company()
    user_id = await licensing.active(company, EMAIL, first_name="Zqxann", last_name="Zqxlee")
    request = {
        "erasure_id": str(uuid4()),
        "company_id": str(company),
        "user_ids": [str(user_id)],
        "address_digests": [DIGESTS.of(EMAIL)[0]],
        "erased_at": datetime.now(UTC).isoformat(),
    }
    async with licensing.pool.acquire() as conn:
        await queue.put(conn, KIND, "x", str(company), {"request": request}, context())
    job = EraseJob(licensing.store, places(licensing.store, POLICY), DIGESTS)
    worker = Worker(licensing.pool, {KIND: job}, Listener(licensing.url))
    claimed = await worker._claim()  # pyright: ignore[reportPrivateUsage]
    assert claimed is not None
    await job(claimed)
    assert where(await everything(licensing)) == {}
    assert (await licensing.seats(company)).occupied == 0


_STANDING = """
SELECT e.stream, e.version, e.type, e.at, e.id, c.first_position + e.index AS position
FROM events e JOIN commits c USING (commit_id) ORDER BY position
"""
