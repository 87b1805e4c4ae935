"""An undo that lets managers go, on a real database: whoever reports to them moves up, however many they are."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import pytest

from services.licensing.application import stream_snapshots
from services.licensing.application.undo_batch import confirm
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.events import ManagerLeft
from tests.integration.licensing.world import BY, Licensing

pytestmark = pytest.mark.anyio


async def test_who_reports_to_who_is_cancelled_moves_up_a_portion_at_a_time(
    licensing: Licensing, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await licensing.company(10)
    top = await licensing.invite(company, "top@acme.example")
    boss = await licensing.invite(company, "boss@acme.example", reports_to="top@acme.example")
    other = await licensing.invite(company, "other@acme.example", reports_to="boss@acme.example")
    names = [f"ann{n}@acme.example" for n in range(5)]
    reports = [await licensing.invite(company, each, reports_to="boss@acme.example") for each in names]
    reads, read = list[int](), stream_snapshots.users

    async def counted(conn: Any, company_id: UUID, user_ids: Iterable[UUID]) -> Any:
        found = await read(conn, company_id, user_ids)
        reads.append(len(found))
        return found

    monkeypatch.setattr(confirm, "PORTION", 2)
    monkeypatch.setattr(stream_snapshots, "users", counted)
    left = ManagerLeft(boss, "Ann Lee", "cancelled", BY)

    async def move(uow: UnitOfWork) -> None:
        up = (await licensing.user(company, boss)).profile.reports_to
        reads.clear()
        leaves_too = (await licensing.user(company, other)).profile.reports_to
        await confirm.move_up(uow, [boss], {boss: up, other: leaves_too}, {boss: left})

    await licensing.run(company, move)
    assert max(reads) <= 2 and sum(reads) >= len(reports)
    monkeypatch.undo()
    for user_id in reports:
        manager = (await licensing.user(company, user_id)).profile.reports_to
        assert manager and manager.user_id == top
    kept = (await licensing.user(company, other)).profile.reports_to
    assert kept and kept.user_id == boss, "who leaves too is not moved before"
