"""Managers who leave and come back, and who is told what of it; and whom a form's Reports To may have meant."""

from uuid import UUID

import pytest

from services.licensing.application import direct_reports
from services.licensing.application.form_validation import InvalidValues
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.stored_events import user_stream
from services.licensing.read_models.team.history import Because, Entry, Person, history
from shared.people.model import Finding
from tests.integration.licensing.world import BY, Licensing

pytestmark = pytest.mark.anyio
WHO = Person(email=BY.email, name=BY.name)


async def _boss(licensing: Licensing, company: UUID, user_id: UUID) -> str | None:
    manager = (await licensing.user(company, user_id)).profile.reports_to
    return manager.email if manager else None


async def _last(licensing: Licensing, company: UUID, user_id: UUID) -> Entry:
    async def read(uow: UnitOfWork) -> list[Entry]:
        return history(await uow.tx.load(user_stream(user_id)))

    return (await licensing.run(company, read))[-1]


async def _moving(licensing: Licensing, company: UUID, *user_ids: UUID) -> int:
    return await licensing.run(company, lambda uow: direct_reports.moving(uow.tx, company, user_ids))


async def _returning(licensing: Licensing, company: UUID, *user_ids: UUID) -> set[UUID]:
    return set(await licensing.run(company, lambda uow: direct_reports.returning(uow.tx, company, user_ids)))


async def test_who_moves_up_is_counted_before_and_told_who_did_it_and_why(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.active(company, "top@acme.example")
    mid = await licensing.active(company, "mid@acme.example", first_name="Mia", reports_to="top@acme.example")
    low = await licensing.active(company, "low@acme.example", reports_to="mid@acme.example")
    also = await licensing.active(company, "also@acme.example", reports_to="mid@acme.example")
    out = await licensing.active(company, "out@acme.example", reports_to="mid@acme.example")
    await licensing.deactivate(company, out)
    assert await _moving(licensing, company, mid) == 2
    assert await _moving(licensing, company, mid, low) == 1
    await licensing.deactivate(company, mid)
    entry = await _last(licensing, company, low)
    assert (entry.what, entry.by) == ("changed", None), "nobody named another manager"
    assert entry.because == Because(what="manager_deactivated", name="Mia Lee", by=WHO)
    assert await _boss(licensing, company, also) == "top@acme.example"


async def test_who_moves_up_from_a_cancelled_invitation_is_told_that(licensing: Licensing) -> None:
    company = await licensing.company()
    mid = await licensing.invite(company, "mid@acme.example", first_name="Mia")
    low = await licensing.invite(company, "low@acme.example", reports_to="mid@acme.example")
    await licensing.cancel(company, mid)
    assert (await _last(licensing, company, low)).because == Because(what="manager_cancelled", name="Mia Lee", by=WHO)


async def test_who_comes_back_can_have_their_reports_back(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.active(company, "top@acme.example")
    mid = await licensing.active(company, "mid@acme.example", reports_to="top@acme.example")
    low, gone, moved, never = [
        await licensing.active(company, f"{name}@acme.example", reports_to="mid@acme.example")
        for name in ("low", "gone", "moved", "never")
    ]
    await licensing.edit(company, [never], reports_to="top@acme.example")
    await licensing.deactivate(company, mid)
    await licensing.deactivate(company, gone)
    await licensing.edit(company, [moved], reports_to="low@acme.example")
    assert await _returning(licensing, company, mid) == {low}
    await licensing.reactivate(company, mid, with_reports=True)
    assert await _boss(licensing, company, low) == "mid@acme.example"
    assert (await _last(licensing, company, low)).by
    assert await _boss(licensing, company, moved) == "low@acme.example"
    assert await _boss(licensing, company, never) == "top@acme.example"
    assert await _returning(licensing, company, mid) == set()


async def test_without_asking_nobody_is_brought_back(licensing: Licensing) -> None:
    company = await licensing.company()
    mid = await licensing.active(company, "mid@acme.example")
    low = await licensing.active(company, "low@acme.example", reports_to="mid@acme.example")
    await licensing.deactivate(company, mid)
    await licensing.reactivate(company, mid)
    assert await _boss(licensing, company, low) is None


async def _wrong(licensing: Licensing, company: UUID, reports_to: str) -> Finding:
    with pytest.raises(InvalidValues) as unfit:
        await licensing.invite(company, "new@acme.example", reports_to=reports_to)
    assert len(unfit.value.findings) == 1
    return unfit.value.findings[0]


@pytest.mark.parametrize("said", ["priya.ramen@acme.example", "Priya Raman", "  priya RAMAN "])
async def test_a_form_suggests_whom_reports_to_probably_means(licensing: Licensing, said: str) -> None:
    company = await licensing.company()
    await licensing.active(company, "priya.raman@acme.example", first_name="Priya", last_name="Raman")
    found = await _wrong(licensing, company, said)
    assert found.suggestion == "priya.raman@acme.example"
    assert "file" not in found.message and "row" not in found.message


async def test_a_name_that_two_have_suggests_neither(licensing: Licensing) -> None:
    company = await licensing.company()
    for name in ("one", "two"):
        await licensing.active(company, f"{name}@acme.example", first_name="Priya", last_name="Raman")
    assert (await _wrong(licensing, company, "Priya Raman")).suggestion is None
