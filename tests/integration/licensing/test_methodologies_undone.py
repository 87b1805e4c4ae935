"""Taking back what was done to seats of methodologies: at once, and by undoing a batch. What was used stays used."""

from uuid import UUID, uuid4

import pytest

from services.licensing.application.confirm_batch.job import Confirmed
from services.licensing.application.grant_methodologies import grant_methodology, withdraw_methodology
from services.licensing.application.undo_batch import confirm, facts, rows
from services.licensing.domain.refusals import Refused
from services.licensing.domain.undo.outcomes import UndoneRow
from services.licensing.domain.user.events import Change
from services.licensing.domain.user.state import MethodologySeat
from tests.integration.licensing.test_confirming import presumes
from tests.integration.licensing.test_methodologies import OFFERED, granting, pools_are_what_users_have
from tests.integration.licensing.test_short_undo import by_email, cancelling, deactivating, do, refused, undo
from tests.integration.licensing.world import BY, Licensing, row

pytestmark = pytest.mark.anyio


async def held(licensing: Licensing, company: UUID, email: str) -> dict[str, MethodologySeat]:
    return dict((await by_email(licensing, company, email)).access.methodologies)


async def test_who_was_let_go_has_their_seats_again(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.active(company, "ann@acme.example", methodologies=["command", "value"])
    bob = await licensing.invite(company, "bob@acme.example", methodologies=["command", "value"])
    for email in ("ann@acme.example", "bob@acme.example"):
        await licensing.say(company, email, "command", "consumed")
    before = await licensing.seats(company)
    for user, act in ((ann, deactivating(ann)), (bob, cancelling(bob))):
        action = await do(licensing, company, act)
        command, value = (await licensing.seats(company)).methodologies
        assert (command.consumed, command.reserved, value.reserved) == (2, 0, 1), user
        await undo(licensing, company, action)
        assert await licensing.seats(company) == before
    for email in ("ann@acme.example", "bob@acme.example"):
        assert await held(licensing, company, email) == {"command": "consumed", "value": "reserved"}
    await pools_are_what_users_have(licensing, company)


async def test_where_somebody_else_has_the_seat_by_now_nothing_is_taken_back(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ann = await licensing.active(company, "ann@acme.example", methodologies=["value"])
    action = await do(licensing, company, deactivating(ann))
    for name in ("bob", "cyd"):
        await licensing.invite(company, f"{name}@acme.example", methodologies=["value"])
    assert await refused(licensing, company, action) == "methodology_seats_exceeded"


async def test_given_or_taken_for_many_all_of_it_or_nothing(licensing: Licensing) -> None:
    company = await licensing.company(50, methodologies=OFFERED)
    ids = [await licensing.invite(company, f"u{n}@acme.example") for n in range(3)]
    too_many = await do_or_code(licensing, company, ids, "value")
    assert too_many == "methodology_seats_exceeded"
    await licensing.edit(company, ids[:1], methodologies=["command"])
    given = await do(licensing, company, lambda uow: grant_methodology(uow, ids, "command", BY))
    assert (await licensing.seats(company)).methodologies[0].reserved == 3
    await undo(licensing, company, given)
    assert await held(licensing, company, "u0@acme.example") == {"command": "reserved"}, "who had it before keeps it"
    assert (await licensing.seats(company)).methodologies[0].reserved == 1
    taken = await do(licensing, company, lambda uow: withdraw_methodology(uow, ids, "command", BY))
    assert (await licensing.seats(company)).methodologies[0].reserved == 0
    await undo(licensing, company, taken)
    assert (await licensing.seats(company)).methodologies[0].reserved == 1
    given = await do(licensing, company, lambda uow: grant_methodology(uow, ids, "command", BY))
    await licensing.say(company, "u1@acme.example", "command", "consumed")
    assert await refused(licensing, company, given) == "changed_since"
    await pools_are_what_users_have(licensing, company)


async def do_or_code(licensing: Licensing, company: UUID, ids: list[UUID], methodology: str) -> str:
    try:
        await licensing.run(company, lambda uow: grant_methodology(uow, ids, methodology, BY))
    except Refused as refused_:
        return refused_.code
    return "done"


async def test_an_undone_batch_gives_back_the_seats_that_nobody_has_used(
    licensing: Licensing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "PORTION", 2)  # what was done to one user stands on two pages
    company = await licensing.company(50, methodologies=OFFERED)
    ann, bob = [await licensing.invite(company, f"{name}@acme.example") for name in ("ann", "bob")]
    batch = await licensing.confirm(company, [
        row("new@acme.example", methodologies=["command", "value"]),
        await granting(licensing, "ann@acme.example", ann, None, "command", "value"),
        row("bob@acme.example", "change", title="AE", methodologies=["command"],
            presumes=await presumes(licensing, bob),
            changes=[{"field": "title", "from": None, "to": "AE"},
                     {"field": "methodologies", "from": None, "to": "Command of the Message"}]),
    ])  # fmt: skip
    await licensing.say(company, "ann@acme.example", "command", "consumed")
    found = (await licensing.store.run(lambda tx: facts.rows_of(tx, company, batch))).result
    assert [(r.email, r.outcome, r.reason, r.changes) for r in found] == [
        ("new@acme.example", "cancel", None, ()),
        ("ann@acme.example", "restore", None, (Change("methodologies", "value", None),)),
        ("ann@acme.example", "kept", "changed_since", (Change("methodologies", "command", None),)),
        ("bob@acme.example", "restore", None, (Change("title", "AE", None), Change("methodologies", "command", None))),
    ]
    await carry_out(licensing, company, batch, found)
    command, value = (await licensing.seats(company)).methodologies
    assert (command.reserved, command.consumed, value.reserved) == (0, 1, 0)
    assert (await licensing.user(company, bob)).profile.title is None
    assert await held(licensing, company, "ann@acme.example") == {"command": "consumed"}
    await pools_are_what_users_have(licensing, company)


async def carry_out(licensing: Licensing, company: UUID, batch: UUID, found: list[UndoneRow]) -> None:
    """The undo as it was reviewed."""
    data, _ = rows.written(found, batch)
    kept = await licensing.blobs.put(str(company), "rows", data)
    read = await rows.read(licensing.blobs, kept.ref)
    confirmed = Confirmed(uuid4(), 1, kept.ref, BY)
    await licensing.run(company, lambda uow: confirm._settle(uow, confirmed, read))  # pyright: ignore[reportPrivateUsage]
