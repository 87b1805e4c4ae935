"""The directory is as of now: what is told of users is told again where it has become otherwise without them."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.licensing.application.form_validation import InvalidValues
from services.licensing.domain.licenses.company_settings import CustomField
from services.licensing.domain.refusals import Refused
from services.licensing.domain.stored_events import user_stream
from services.licensing.domain.user.events import UserChanged, UserRestated
from services.licensing.integration_events import publish
from services.licensing.read_models.team import query
from services.licensing.read_models.team.history import history
from shared.eventsourcing.events import Recorded
from tests.integration.licensing.test_concurrency import snapshots_equal_the_fold
from tests.integration.licensing.world import SETTINGS, Licensing, row

pytestmark = pytest.mark.anyio
LEVEL, COST = CustomField("Level"), CustomField("Cost Center", values=("0042", "0043"))


async def log(licensing: Licensing) -> list[Recorded[Any]]:
    async with licensing.pool.acquire() as conn:
        return await licensing.store.read(conn, 0, 100_000)


async def directory(licensing: Licensing) -> dict[str, dict[str, Any]]:
    """What a reader of the directory knows: of each user the last that was told."""
    told: dict[str, dict[str, Any]] = {}
    for recorded in await log(licensing):
        for message in publish(recorded):
            if message.topic == "usher.directory.v1" and message.data:
                told[message.key] = json.loads(message.data)
    return told


async def test_a_manager_s_new_address_is_told_of_each_who_reports_to_them_once(licensing: Licensing) -> None:
    company = await licensing.company(20)
    boss = await licensing.invite(company, "boss@acme.example")
    reports = [await licensing.invite(company, f"u{n}@acme.example", reports_to="boss@acme.example") for n in range(4)]
    gone = await licensing.active(company, "gone@acme.example", reports_to="boss@acme.example")
    await licensing.deactivate(company, gone)
    other = await licensing.invite(company, "other@acme.example", reports_to="u0@acme.example")
    await licensing.edit(company, [boss], email="chief@acme.example", title="CEO")
    assert await licensing.restate(portion=2) == 3
    known = await directory(licensing)
    for each in (*reports, gone):
        state = known[str(each)]
        assert (state["reports_to"], state["reports_to_id"]) == ("chief@acme.example", str(boss))
        assert state["version"] == await licensing.version(each)
    assert known[str(other)]["reports_to"] == "u0@acme.example"
    events = await log(licensing)
    (cause,) = [r for r in events if isinstance(r.event, UserChanged)]
    told = [r for r in events if isinstance(r.event, UserRestated)]
    assert sorted(r.event.after.user_id for r in told) == sorted([*reports, gone])
    assert {r.context.causation_id for r in told} == {str(cause.id)}
    assert {r.context.correlation_id for r in told} == {cause.context.correlation_id}
    assert all((r.position or 0) > (cause.position or 0) for r in told)
    found = await licensing.store.run(lambda tx: tx.load(user_stream(reports[0])))
    assert [entry.what for entry in history(found.result)] == ["invited"], "nothing happened to them"
    await snapshots_equal_the_fold(licensing)


async def test_other_changes_of_a_manager_are_told_of_nobody_else(licensing: Licensing) -> None:
    company = await licensing.company()
    boss = await licensing.invite(company, "boss@acme.example")
    await licensing.invite(company, "ann@acme.example", reports_to="boss@acme.example")
    await licensing.edit(company, [boss], title="CEO", email="BOSS@acme.example")
    assert await licensing.restate() == 0


async def test_an_own_field_that_goes_is_hidden_and_comes_back_with_its_values(licensing: Licensing) -> None:
    company = await licensing.company()
    both = replace(SETTINGS, custom_fields=(LEVEL, COST))
    await licensing.provision(company, both)
    assert await licensing.restate() == 1, "and nobody had a value yet"
    ann = await licensing.invite(company, "ann@acme.example", own={"Level": "IC", "Cost Center": "0042"})
    bob = await licensing.invite(company, "bob@acme.example", own={"Level": "Lead"})

    async def shown(user: UUID) -> dict[str, str]:
        async with licensing.pool.acquire() as conn:
            found = await query.one(conn, company, user)
        told = (await directory(licensing))[str(user)]["custom_fields"]
        assert found is not None and found.custom_fields == told
        return told

    assert await shown(ann) == {"Level": "IC", "Cost Center": "0042"}
    await licensing.provision(company, replace(both, custom_fields=(LEVEL,)))
    assert await licensing.restate(portion=1) == 3
    assert [await shown(ann), await shown(bob)] == [{"Level": "IC"}, {"Level": "Lead"}]
    assert [r.event.after.user_id for r in await log(licensing) if isinstance(r.event, UserRestated)] == [ann]
    with pytest.raises(InvalidValues):
        await licensing.edit(company, [ann], own={"Cost Center": "0043"})
    await licensing.edit(company, [ann], title="AE", own={"Level": "Lead"})
    assert await shown(ann) == {"Level": "Lead"}
    assert (await licensing.user(company, ann)).profile.shelved == ("Cost Center",)
    await licensing.provision(company, replace(both, custom_fields=(LEVEL, replace(COST, name="COST center"))))
    await licensing.restate()
    assert await shown(ann) == {"Level": "Lead", "COST center": "0042"}
    await licensing.edit(company, [ann], own={"COST center": "0043"})
    assert await shown(ann) == {"Level": "Lead", "COST center": "0043"}
    last = (await licensing.told("UserChanged"))[-1]
    assert isinstance(last, UserChanged)
    assert [(c.field, c.before, c.after) for c in last.changes] == [("COST center", "0042", "0043")]
    await licensing.confirm(
        company,
        [
            row(
                "bob@acme.example",
                "change",
                custom_fields={"COST center": "0042"},
                presumes={"user_id": str(bob), "version": await licensing.version(bob)},
                changes=[{"field": "COST center", "from": None, "to": "0042"}],
            )
        ],
    )
    assert await shown(bob) == {"Level": "Lead", "COST center": "0042"}
    await snapshots_equal_the_fold(licensing)


async def test_settings_that_leave_the_own_fields_tell_nobody(licensing: Licensing) -> None:
    company = await licensing.company(custom_fields=(LEVEL,))
    await licensing.invite(company, "ann@acme.example", own={"Level": "IC"})
    required = replace(LEVEL, required=True)
    await licensing.provision(company, replace(SETTINGS, name="Acme Ltd", custom_fields=(required,)))
    assert await licensing.restate() == 0
    with pytest.raises(Refused):
        await licensing.invite(company, "ann@acme.example")
