"""Seats of methodologies on a real database: who has one, and how many are left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import RefusedForSome
from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused, MethodologyShortage
from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.domain.methodology_pools.decide import POOLS
from services.licensing.domain.methodology_pools.events import SeatsReserved
from services.licensing.domain.refusals import Refused
from services.licensing.domain.stored_events import pools_stream
from services.licensing.domain.user.events import MethodologyGranted
from services.licensing.read_models.seats.query import MethodologySeats
from services.licensing.read_models.team.projection import TeamProjection
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.licensing.test_concurrency import codes
from tests.integration.licensing.test_confirming import presumes
from tests.integration.licensing.world import BY, SETTINGS, Licensing, row

pytestmark = pytest.mark.anyio

COMMAND = Methodology("command", "Command of the Message", 3)
VALUE = Methodology("value", "Value Negotiation", 2)
OFFERED = (COMMAND, VALUE)


async def test_a_company_says_what_it_has_bought_and_is_told_what_is_left(licensing: Licensing) -> None:
    company = await licensing.company(methodologies=OFFERED)
    assert (await licensing.seats(company)).methodologies == [
        MethodologySeats(
            id=each.id, name=each.name, purchased=each.purchased, reserved=0, consumed=0, available=each.purchased
        )
        for each in OFFERED
    ]
    await licensing.provision(company, replace(SETTINGS, methodologies=(VALUE,)))
    assert [each.id for each in (await licensing.seats(company)).methodologies] == ["value"]


async def test_the_last_seats_go_to_whoever_comes_first_and_no_more(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ids = [await licensing.invite(company, f"u{n}@acme.example") for n in range(10)]
    said = await codes(
        *(licensing.edit(company, [i], methodologies=["command"]) for i in ids),
        *(licensing.invite(company, f"n{n}@acme.example", methodologies=["command", "value"]) for n in range(10)),
    )
    assert said.count("done") + said.count("methodology_seats_exceeded") == 20
    seats = await licensing.seats(company)
    command, value = seats.methodologies
    assert (command.reserved, command.available) == (3, 0) and value.reserved <= 2
    assert seats.occupied == 10 + value.reserved, "nobody was invited without what they were to have"
    await pools_are_what_users_have(licensing, company)


async def test_a_used_seat_stays_whatever_becomes_of_its_user(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.active(company, "ann@acme.example", methodologies=["command", "value"])
    bob = await licensing.invite(company, "bob@acme.example", methodologies=["command", "value"])
    for email in ("ANN@acme.example", "bob@acme.example"):
        await licensing.say(company, email, "command", "consumed")
    await licensing.deactivate(company, ann)
    await licensing.cancel(company, bob)
    command, value = (await licensing.seats(company)).methodologies
    assert (command.reserved, command.consumed, command.available) == (0, 2, 1)
    assert (value.reserved, value.consumed, value.available) == (0, 0, 2)
    assert (await licensing.user(company, ann)).access.methodologies == {"command": "consumed"}
    await licensing.say(company, "ann@acme.example", "command", "consumed")
    assert await codes(licensing.say(company, "ann@acme.example", "value", "reserved")) == ["not_active"]
    with pytest.raises(Refused, match="methodology_in_use"):
        await licensing.provision(company, replace(SETTINGS, methodologies=(VALUE,)))
    await licensing.provision(
        company, replace(SETTINGS, purchased_licenses=50, methodologies=(replace(COMMAND, purchased=0),))
    )
    await licensing.reactivate(company, ann)
    assert (await licensing.user(company, ann)).access.methodologies == {"command": "consumed"}
    (command,) = (await licensing.seats(company)).methodologies
    assert (command.reserved, command.consumed, command.available) == (0, 2, 0)


async def test_for_one_user_who_has_used_it_nothing_is_taken_from_anybody(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ids = [await licensing.invite(company, f"u{n}@acme.example", methodologies=["command"]) for n in range(2)]
    await licensing.say(company, "u0@acme.example", "command", "consumed")
    with pytest.raises(RefusedForSome) as refused:
        await licensing.edit(company, ids, methodologies=["value"])
    assert [(r.user_id, r.code) for r in refused.value.reasons] == [(ids[0], "methodology_consumed")]
    command, value = (await licensing.seats(company)).methodologies
    assert (command.reserved + command.consumed, value.reserved) == (2, 0)


async def test_what_the_company_has_not_is_unknown(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.invite(company, "ann@acme.example")
    assert (
        await codes(
            licensing.edit(company, [ann], methodologies=["other"], title="AE"),
            licensing.invite(company, "bob@acme.example", methodologies=["other"]),
            licensing.say(company, "ann@acme.example", "other", "reserved"),
            licensing.say(company, "ann@acme.example", "other", None),
        )
        == ["methodology_unknown"] * 4
    )
    assert (await licensing.user(company, ann)).profile.title is None


async def test_a_batch_reserves_licenses_and_all_pools(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.invite(company, "ann@acme.example", methodologies=["value"])
    bob = await licensing.invite(company, "bob@acme.example")
    batch = await licensing.confirm(
        company,
        [
            row("new@acme.example", methodologies=["command", "value"]),
            await granting(licensing, "ann@acme.example", ann, "Value Negotiation", "command", "value"),
            row("bob@acme.example", "unchanged", presumes=await presumes(licensing, bob)),
        ],
    )
    assert await licensing.told("BatchApplied") == [BatchApplied(batch, company, 1, 1, 1, 1)]
    assert await licensing.told("SeatsReserved") == [
        SeatsReserved(company, "value", 1, 1, 2, "invitation"),
        SeatsReserved(company, "command", 2, 2, 3, "batch", batch),
        SeatsReserved(company, "value", 1, 2, 2, "batch", batch),
    ]
    granted = [
        e for e in await licensing.told("MethodologyGranted") if isinstance(e, MethodologyGranted) and e.batch_id
    ]
    assert {(e.after.profile.email, e.methodology_id) for e in granted} == {
        ("new@acme.example", "command"),
        ("new@acme.example", "value"),
        ("ann@acme.example", "command"),
    }
    assert {(e.by, e.batch_id) for e in granted} == {(BY, batch)} and await licensing.told("UserChanged") == []
    await pools_are_what_users_have(licensing, company)


async def granting(
    licensing: Licensing, email: str, user: UUID, before: str | None, *methodologies: str
) -> dict[str, Any]:
    """A row that gives somebody who is there what they have not."""
    names = [each.name for each in OFFERED if each.id in methodologies]
    changes = [{"field": "methodologies", "from": before, "to": ", ".join(names)}]
    held = await presumes(licensing, user)
    return row(email, "change", presumes=held, methodologies=list(methodologies), changes=changes)


async def test_without_seats_for_all_of_it_nothing_of_a_batch_happens(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.invite(company, "ann@acme.example", methodologies=["value"])
    batch = await licensing.confirm(
        company,
        [
            row("new@acme.example", methodologies=["command", "value"]),
            row("bob@acme.example", methodologies=["value"]),
            await granting(licensing, "ann@acme.example", ann, "Value Negotiation", "command"),
        ],
    )
    short = MethodologyShortage("value", "Value Negotiation", 2, 1)
    assert await licensing.told("BatchRefused") == [
        BatchRefused(batch, company, 1, "licenses_exceeded", 2, 49, (short,))
    ]
    command, value = (await licensing.seats(company)).methodologies
    assert (await licensing.seats(company)).occupied == 1 and (command.reserved, value.reserved) == (0, 1)


@pytest.mark.parametrize(("since", "reason"), [("accepted", None), ("granted", "stale"), ("taken", "stale")])
async def test_a_row_that_would_give_something_else_by_now_makes_the_review_stale(
    licensing: Licensing, since: str, reason: str | None
) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.invite(company, "ann@acme.example", methodologies=["value"])
    line = await granting(licensing, "ann@acme.example", ann, "Value Negotiation", "command", "value")
    if since == "accepted":
        await licensing.accept(await licensing.invitation(ann))
    else:
        await licensing.edit(company, [ann], methodologies=["value", "command"] if since == "granted" else [])
    await licensing.confirm(company, [line])
    assert len(await licensing.told("BatchRefused")) == (reason == "stale")
    await pools_are_what_users_have(licensing, company)


async def test_what_the_company_has_no_longer_makes_the_review_stale(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    await licensing.provision(company, replace(SETTINGS, methodologies=(VALUE,)))
    await licensing.confirm(company, [row("new@acme.example", methodologies=["command"])])
    (refused,) = await licensing.told("BatchRefused")
    assert isinstance(refused, BatchRefused) and refused.reason == "stale_review"


async def test_batches_and_forms_for_the_last_seats(licensing: Licensing) -> None:
    company = await licensing.company(500, methodologies=(replace(COMMAND, purchased=7), VALUE))
    for b in range(8):
        rows = [row(f"b{b}-{n}@acme.example", methodologies=["command"]) for n in range(3)]
        await licensing.put_batch(company, rows, uuid4())
    said = await codes(
        *(licensing.work() for _ in range(3)),
        *(licensing.invite(company, f"s{n}@acme.example", methodologies=["command"]) for n in range(8)),
    )
    applied, forms = len(await licensing.told("BatchApplied")), said.count("done") - 3
    seats = await licensing.seats(company)
    assert seats.methodologies[0].reserved == 3 * applied + forms == seats.occupied <= 7
    assert applied + len(await licensing.told("BatchRefused")) == 8
    await pools_are_what_users_have(licensing, company)


async def test_the_tables_equal_the_fold(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.active(company, "ann@acme.example", methodologies=["command", "value"])
    bob = await licensing.invite(company, "bob@acme.example", methodologies=["command"])
    await licensing.say(company, "ann@acme.example", "command", "consumed")
    await licensing.edit(company, [ann], methodologies=["command"])
    await licensing.say(company, "bob@acme.example", "value", "consumed")
    await licensing.cancel(company, bob)
    assert set((await Rebuild(licensing.store, TeamProjection()).differences(licensing.url)).values()) == {0}
    history = (await licensing.store.run(lambda tx: tx.load(pools_stream(company)))).result
    async with licensing.pool.acquire() as conn:
        snapshot = await stream_snapshots.pools(conn, company)
    events = [recorded.event for recorded in history]
    assert (snapshot.state, snapshot.version) == (POOLS.fold(events), len(events))  # pyright: ignore[reportArgumentType]
    await pools_are_what_users_have(licensing, company, gone={("value", "consumed"): 1})


async def pools_are_what_users_have(
    licensing: Licensing, company: UUID, gone: Mapping[tuple[str, str], int] = {}
) -> None:
    """Of those who are there; ``gone``: what those had used who are there no longer."""
    rows = await licensing.pool.fetch(
        "SELECT s.key, s.value, count(*) FROM users u, jsonb_each_text(u.methodologies) s WHERE company_id = $1"
        " GROUP BY 1, 2",
        company,
    )
    held = Counter({(row["key"], row["value"]): row["count"] for row in rows}) + Counter(gone)
    for pool in (await licensing.seats(company)).methodologies:
        assert (pool.reserved, pool.consumed) == (held[pool.id, "reserved"], held[pool.id, "consumed"])
