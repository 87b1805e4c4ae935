"""Taking an action back at once, on a real database: all of it, where nobody has changed it since."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.cancel_invitations import cancel_invitations
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues
from services.licensing.application.undo_action import ForgetUndoable, begin, offer, undo_action
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Actor, Inactive, Manager, Member, Waiting
from tests.integration.licensing.world import BY, SETTINGS, Licensing

pytestmark = pytest.mark.anyio
Work = Callable[[UnitOfWork], Awaitable[None]]


async def do(licensing: Licensing, company: UUID, work: Work) -> UUID:
    """Does what can be taken back; the action's id."""

    async def act(uow: UnitOfWork) -> UUID:
        begin(uow)
        await work(uow)
        action = await offer(uow, BY)
        assert action is not None
        return action.id

    return await licensing.run(company, act)


async def undo(
    licensing: Licensing, company: UUID, action: UUID, by: Actor = BY, at: datetime | None = None
) -> Sequence[UUID]:
    return await licensing.run(company, lambda uow: undo_action(uow, action, by), at)


async def refused(licensing: Licensing, company: UUID, action: UUID, **how: object) -> str:
    """The code, and that nothing was done."""
    before = await state(licensing, company)
    with pytest.raises((Refused, RefusedForSome)) as why:
        await undo(licensing, company, action, **how)  # pyright: ignore[reportArgumentType]
    assert await state(licensing, company) == before
    return why.value.code if isinstance(why.value, Refused) else why.value.reasons[0].code


async def state(licensing: Licensing, company: UUID) -> tuple[object, ...]:
    rows = await licensing.pool.fetch(
        "SELECT user_id, version, status FROM users WHERE company_id = $1 ORDER BY user_id", company
    )
    return tuple(map(tuple, rows)), await licensing.seats(company)


def cancelling(*user_ids: UUID) -> Work:
    return lambda uow: cancel_invitations(uow, user_ids, BY)


def deactivating(*user_ids: UUID) -> Work:
    return lambda uow: deactivate_users(uow, user_ids, BY)


def editing(*user_ids: UUID, **fields: str | None) -> Work:
    return lambda uow: edit_users(uow, user_ids, FormValues(fields, {}), BY)


async def boss(licensing: Licensing, company: UUID, user_id: UUID) -> Manager | None:
    return (await licensing.user(company, user_id)).profile.reports_to


async def by_email(licensing: Licensing, company: UUID, email: str) -> Member:
    user_id = await licensing.pool.fetchval(
        "SELECT user_id FROM users WHERE company_id = $1 AND email_key = $2", company, email
    )
    return await licensing.user(company, user_id)


async def test_a_deactivation_with_those_who_moved_up(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.active(company, "top@acme.example")
    mid = await licensing.active(company, "mid@acme.example", reports_to="top@acme.example")
    low = await licensing.active(company, "low@acme.example", reports_to="mid@acme.example")
    also = await licensing.active(company, "also@acme.example", reports_to="mid@acme.example")
    before = [await licensing.user(company, user) for user in (mid, low, also)]
    seats = await licensing.seats(company)
    action = await do(licensing, company, deactivating(mid, low))
    assert isinstance(await licensing.user(company, mid), Inactive)
    assert set(await undo(licensing, company, action)) == {mid, low, also}
    assert [await licensing.user(company, user) for user in (mid, low, also)] == before
    assert await licensing.seats(company) == seats
    assert await refused(licensing, company, action) == "nothing_to_undo"


async def test_who_was_cancelled_is_invited_again_as_a_new_user(licensing: Licensing) -> None:
    company = await licensing.company()
    mid = await licensing.invite(company, "mid@acme.example", title="AE")
    under = await licensing.invite(company, "under@acme.example", reports_to="mid@acme.example")
    low = await licensing.active(company, "low@acme.example", reports_to="mid@acme.example")
    link = await licensing.invitation(mid)
    seats = await licensing.seats(company)
    action = await do(licensing, company, cancelling(mid, under))
    await licensing.plan("mid@acme.example", "pro")
    touched = await undo(licensing, company, action)
    again, report = [await by_email(licensing, company, f"{name}@acme.example") for name in ("mid", "under")]
    assert set(touched) == {again.user_id, report.user_id, low}
    assert not {mid, under} & set(touched)
    assert again.status == "pending_transfer" and again.profile.title == "AE"
    assert isinstance(report, Waiting) and report.profile.reports_to == Manager(again.user_id, "mid@acme.example")
    assert await boss(licensing, company, low) == Manager(again.user_id, "mid@acme.example")
    assert (await licensing.seats(company)).occupied == seats.occupied
    assert await licensing.invitation(again.user_id) != link


async def test_changed_fields_and_managers(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.active(company, "boss@acme.example")
    users = [await licensing.active(company, f"u{n}@acme.example", title=f"T{n}") for n in range(2)]
    before = [await licensing.user(company, user) for user in users]
    for work in (editing(*users, title="Lead", region="UK"), editing(*users, reports_to="boss@acme.example")):
        action = await do(licensing, company, work)
        assert [await licensing.user(company, user) for user in users] != before
        await undo(licensing, company, action)
        assert [await licensing.user(company, user) for user in users] == before


async def test_what_somebody_has_changed_since_stays(licensing: Licensing) -> None:
    company = await licensing.company()
    one, other = [await licensing.active(company, f"{name}@acme.example") for name in ("one", "other")]
    action = await do(licensing, company, editing(one, other, title="Lead"))
    await licensing.edit(company, [other], region="UK")
    assert await refused(licensing, company, action) == "changed_since"

    action = await do(licensing, company, deactivating(one, other))
    await licensing.reactivate(company, other)
    assert await refused(licensing, company, action) == "changed_since"


async def test_who_moved_up_and_was_changed_since_holds_it_up(licensing: Licensing) -> None:
    company = await licensing.company()
    mid = await licensing.active(company, "mid@acme.example")
    low = await licensing.active(company, "low@acme.example", reports_to="mid@acme.example")
    action = await do(licensing, company, deactivating(mid))
    await licensing.edit(company, [low], title="Lead")
    assert await refused(licensing, company, action) == "changed_since"


async def test_the_license_may_be_gone(licensing: Licensing) -> None:
    company = await licensing.company(purchased=2)
    active = await licensing.active(company, "active@acme.example")
    waiting = await licensing.invite(company, "waiting@acme.example")
    for work, taker in ((cancelling(waiting), "first"), (deactivating(active), "second")):
        action = await do(licensing, company, work)
        await licensing.invite(company, f"{taker}@acme.example")
        assert await refused(licensing, company, action) == "licenses_exceeded"


async def test_the_address_may_be_gone(licensing: Licensing) -> None:
    company, rival = await licensing.company(), await licensing.company()
    for invites, code in ((company, "user_exists"), (rival, "email_in_other_company")):
        waiting = await licensing.invite(company, f"{code}@acme.example")
        action = await do(licensing, company, cancelling(waiting))
        await licensing.invite(invites, f"{code}@acme.example")
        assert await refused(licensing, company, action) == code


async def test_the_manager_of_then_may_be_gone_or_report_to_them(licensing: Licensing) -> None:
    company = await licensing.company()
    boss_id = await licensing.active(company, "boss@acme.example")
    user = await licensing.active(company, "user@acme.example", reports_to="boss@acme.example")
    action = await do(licensing, company, editing(user, reports_to=None))
    await licensing.edit(company, [boss_id], reports_to="user@acme.example")
    assert await refused(licensing, company, action) == "changed_since"
    await licensing.edit(company, [boss_id], reports_to=None)
    await licensing.deactivate(company, boss_id)
    assert await refused(licensing, company, action) == "changed_since"


async def test_the_companys_settings_may_have_changed(licensing: Licensing) -> None:
    company = await licensing.company()
    user = await licensing.active(company, "user@acme.example", region="UK")
    action = await do(licensing, company, editing(user, region=None))
    await licensing.provision(company, CompanySettings(SETTINGS.name, "plus", 10, regions=("EMEA",)))
    assert await refused(licensing, company, action) == "changed_since"


async def test_an_address_is_not_sent_more_than_it_may(licensing: Licensing) -> None:
    company = await licensing.company()
    for _ in range(4):
        await licensing.cancel(company, await licensing.invite(company, "often@acme.example"))
    action = await do(licensing, company, cancelling(await licensing.invite(company, "often@acme.example")))
    assert await refused(licensing, company, action) == "too_soon"


async def test_only_for_half_a_minute_only_by_who_did_it_and_in_their_company(licensing: Licensing) -> None:
    company, elsewhere = await licensing.company(), await licensing.company()
    user = await licensing.active(company, "user@acme.example")
    action = await do(licensing, company, editing(user, title="Lead"))
    late = datetime.now(UTC) + timedelta(seconds=40)
    assert await refused(licensing, company, action, at=late) == "undo_over"
    assert await refused(licensing, company, action, by=Actor("bo@acme.example", "Bo")) == "nothing_to_undo"
    assert await refused(licensing, elsewhere, action) == "nothing_to_undo"
    assert await refused(licensing, company, uuid4()) == "nothing_to_undo"
    await ForgetUndoable(licensing.pool, lambda: late).once()
    await undo(licensing, company, action)


async def test_what_has_run_out_is_forgotten(licensing: Licensing) -> None:
    company = await licensing.company()
    user = await licensing.active(company, "user@acme.example")
    action = await do(licensing, company, editing(user, title="Lead"))
    await ForgetUndoable(licensing.pool, lambda: datetime.now(UTC) + timedelta(minutes=2)).once()
    assert await licensing.pool.fetchval("SELECT count(*) FROM undoable_actions") == 0
    assert await refused(licensing, company, action) == "nothing_to_undo"


async def test_who_presses_twice_at_once_takes_it_back_once(licensing: Licensing) -> None:
    company = await licensing.company()
    waiting = await licensing.invite(company, "waiting@acme.example")
    action = await do(licensing, company, cancelling(waiting))
    ended = await asyncio.gather(*(undo(licensing, company, action) for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["Refused", "Refused", "list"]
    assert (await licensing.seats(company)).occupied == 1


async def test_what_changed_nothing_is_nothing_to_take_back(licensing: Licensing) -> None:
    company = await licensing.company()
    user = await licensing.active(company, "user@acme.example", title="Lead")

    async def act(uow: UnitOfWork) -> object:
        begin(uow)
        await edit_users(uow, [user], FormValues({"title": "Lead"}, {}), BY)
        return await offer(uow, BY)

    assert await licensing.run(company, act) is None
