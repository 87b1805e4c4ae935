"""One user at a time, on a real database: what can be done in which status, seats, addresses, links."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.events import UserInvited
from services.licensing.domain.user.state import Active, Inactive, PendingTransfer, Waiting
from services.licensing.read_models.team import query
from services.licensing.read_models.team.filter import Resendable, TeamFilter
from services.licensing.read_models.team.sorting import order_of
from tests.integration.licensing.world import POLICY, SETTINGS, Licensing, row

pytestmark = pytest.mark.anyio


async def test_inviting_takes_a_license_and_accepting_keeps_it(licensing: Licensing) -> None:
    company = await licensing.company(2)
    ann = await licensing.invite(company, "ann@acme.example")
    assert isinstance(await licensing.user(company, ann), Waiting)
    seats = await licensing.seats(company)
    assert (seats.occupied, seats.available, seats.of("waiting")) == (1, 1, 1)
    await licensing.accept(await licensing.invitation(ann))
    assert isinstance(await licensing.user(company, ann), Active)
    seats = await licensing.seats(company)
    assert (seats.occupied, seats.available, seats.of("waiting"), seats.of("active")) == (1, 1, 0, 1)


async def test_the_last_license_is_the_last(licensing: Licensing) -> None:
    company = await licensing.company(1)
    await licensing.invite(company, "ann@acme.example")
    with pytest.raises(Refused) as refused:
        await licensing.invite(company, "bob@acme.example")
    assert refused.value.code == "licenses_exceeded"
    assert await licensing.pool.fetchval("SELECT count(*) FROM addresses") == 1, "a refusal leaves no trace"


async def test_nobody_is_invited_twice(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    await licensing.invite(company, "ann@acme.example")
    with pytest.raises(Refused) as refused:
        await licensing.invite(company, " ANN@Acme.Example")
    assert refused.value.code == "user_exists"
    with pytest.raises(InvalidValues) as unfit:
        await licensing.invite(other, "ann@acme.example")
    assert [f.code for f in unfit.value.findings] == ["email_in_other_company"]


async def test_an_inactive_user_holds_no_address(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    ann = await licensing.active(company, "ann@acme.example")
    await licensing.deactivate(company, ann)
    assert isinstance(await licensing.user(company, ann), Inactive)
    assert (await licensing.seats(company)).occupied == 0
    with pytest.raises(InvalidValues) as unfit:
        await licensing.invite(company, "ann@acme.example")
    assert [f.code for f in unfit.value.findings] == ["user_inactive"]
    await licensing.invite(other, "ann@acme.example")
    with pytest.raises(RefusedForSome) as refused:
        await licensing.reactivate(company, ann)
    assert [r.code for r in refused.value.reasons] == ["email_in_other_company"]


async def test_reactivating_needs_a_license(licensing: Licensing) -> None:
    company = await licensing.company(1)
    ann = await licensing.active(company, "ann@acme.example")
    await licensing.deactivate(company, ann)
    bob = await licensing.invite(company, "bob@acme.example")
    with pytest.raises(Refused) as refused:
        await licensing.reactivate(company, ann)
    assert refused.value.code == "licenses_exceeded"
    await licensing.cancel(company, bob)
    await licensing.reactivate(company, ann)
    assert (await licensing.seats(company)).of("active") == 1


async def test_who_is_cancelled_leaves_the_list_and_can_be_invited_again(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    ann = await licensing.invite(company, "ann@acme.example")
    link = await licensing.invitation(ann)
    await licensing.cancel(company, ann)
    assert await licensing.pool.fetchval("SELECT count(*) FROM users") == 0
    again = await licensing.invite(other, "ann@acme.example")
    assert again != ann
    with pytest.raises(Refused) as refused:
        await licensing.accept(link)
    assert refused.value.code == "cancelled"


async def test_reports_move_up_when_their_manager_leaves(licensing: Licensing) -> None:
    company = await licensing.company()
    top = await licensing.active(company, "top@acme.example")
    mid = await licensing.active(company, "mid@acme.example", reports_to="top@acme.example")
    low = await licensing.invite(company, "low@acme.example", reports_to="mid@acme.example")
    leaf = await licensing.invite(company, "leaf@acme.example", reports_to="low@acme.example")
    await licensing.cancel(company, low)
    manager = (await licensing.user(company, leaf)).profile.reports_to
    assert manager is not None and manager.user_id == mid
    await licensing.deactivate(company, mid, top)
    assert (await licensing.user(company, leaf)).profile.reports_to is None
    assert (await licensing.user(company, mid)).profile.reports_to is None, "they find no manager who has left"


async def test_a_circle_is_refused(licensing: Licensing) -> None:
    company = await licensing.company()
    top = await licensing.invite(company, "top@acme.example")
    await licensing.invite(company, "mid@acme.example", reports_to="top@acme.example")
    await licensing.invite(company, "low@acme.example", reports_to="mid@acme.example")
    for manager, code in (("low@acme.example", "reports_to_cycle"), ("top@acme.example", "reports_to_self")):
        with pytest.raises(InvalidValues) as unfit:
            await licensing.edit(company, [top], reports_to=manager)
        assert [f.code for f in unfit.value.findings] == [code]


async def test_a_second_resend_waits_five_minutes(licensing: Licensing) -> None:
    company, now = await licensing.company(), datetime.now(UTC)
    ann = await licensing.invite(company, "ann@acme.example")
    first = await licensing.invitation(ann)
    await licensing.resend(company, ann, at=now)
    with pytest.raises(RefusedForSome) as refused:
        await licensing.resend(company, ann, at=now + timedelta(minutes=4, seconds=59))
    assert [r.code for r in refused.value.reasons] == ["too_soon"]
    await licensing.resend(company, ann, at=now + timedelta(minutes=5))
    with pytest.raises(Refused) as late:
        await licensing.accept(first)
    assert late.value.code == "superseded"


async def test_sso_domains_that_come_later_bind_who_has_not_joined(licensing: Licensing) -> None:
    company = await licensing.company()
    ann, bob = [await licensing.invite(company, f"{each}@elsewhere.example") for each in ("ann", "bob")]
    cyd = await licensing.invite(company, "cyd@acme.example")
    link = await licensing.invitation(ann)
    await licensing.provision(company, replace(SETTINGS, sso_domains=("acme.example",)))
    with pytest.raises(Refused) as refused:
        await licensing.accept(link)
    assert refused.value.code == "not_sso_domain"
    page = await query.page(licensing.pool, company, TeamFilter(), order_of("email"), 10, None)
    marked = {user.user_id for user in page.items if user.invitation and user.invitation.not_sso_domain}
    assert marked == {ann, bob}
    found = await query.page(licensing.pool, company, TeamFilter(invitation=["not_sso_domain"]), order_of(""), 1, None)
    assert found.total == 2, "so many the admin is told of"
    await licensing.accept(await licensing.invitation(cyd))
    await licensing.edit(company, [bob], email="bob@acme.example")
    await licensing.accept(await licensing.invitation(bob))
    await licensing.provision(company, SETTINGS)
    await licensing.accept(link)
    assert (await licensing.seats(company)).of("active") == 3


async def test_there_and_back_is_no_way_around_the_five_minutes(licensing: Licensing) -> None:
    company, now = await licensing.company(), datetime.now(UTC)
    here, there = "ann@acme.example", "Ann@elsewhere.example"
    ann = await licensing.invite(company, here, at=now)
    for email in (there, here, there):  # each has had one mail, and may be sent one again
        await licensing.edit(company, [ann], at=now, email=email)
    for late in (timedelta(0), timedelta(minutes=4, seconds=59)):
        with pytest.raises(RefusedForSome) as refused:
            await licensing.edit(company, [ann], at=now + late, email=here)
        assert [reason.code for reason in refused.value.reasons] == ["too_soon"]
        with pytest.raises(RefusedForSome) as refused:
            await licensing.resend(company, ann, at=now + late)
        assert [reason.code for reason in refused.value.reasons] == ["too_soon"]
    await licensing.edit(company, [ann], at=now + timedelta(minutes=5), email=here)
    assert len(await licensing.told("InvitationResent")) == 4


async def test_an_address_is_sent_five_invitations_a_day_whoever_sends_them(licensing: Licensing) -> None:
    company, other, now = await licensing.company(), await licensing.company(), datetime.now(UTC)
    for n in range(4):
        ann = await licensing.invite(company if n % 2 else other, "ann@acme.example", at=now)
        await licensing.cancel(company if n % 2 else other, ann)
    await licensing.confirm(company, [row("Ann@acme.example")])  # a batch counts, too
    last = (await licensing.told("UserInvited"))[-1]
    assert isinstance(last, UserInvited)
    ann = last.after.user_id
    with pytest.raises(RefusedForSome) as refused:
        await licensing.resend(company, ann, at=now + timedelta(hours=1))
    assert [reason.code for reason in refused.value.reasons] == ["too_soon"]
    await licensing.cancel(company, ann)
    bob = await licensing.invite(other, "bob@acme.example", at=now)
    with pytest.raises(RefusedForSome) as refused:
        await licensing.edit(other, [bob], at=now + timedelta(hours=23), email="ann@acme.example")
    assert [reason.code for reason in refused.value.reasons] == ["too_soon"]
    with pytest.raises(Refused) as single:
        await licensing.invite(company, "ann@acme.example", at=now + timedelta(hours=23))
    assert single.value.code == "too_soon" and 0 < int(single.value.facts["seconds"]) <= 3601
    assert (await licensing.seats(company)).occupied == 0, "nobody was invited"
    await licensing.confirm(company, [row("ann@acme.example")])
    assert (await licensing.seats(company)).occupied == 1, "what was reviewed and confirmed is done"


async def test_whom_a_resend_reaches_is_said_by_the_address(licensing: Licensing) -> None:
    company, now = await licensing.company(), datetime.now(UTC)
    ann = await licensing.invite(company, "ann@acme.example", at=now)
    await licensing.resend(company, ann, at=now)
    await licensing.cancel(company, ann)
    again = await licensing.invite(company, "ann@acme.example", at=now)
    bob = await licensing.invite(company, "bob@acme.example", at=now)
    await licensing.active(company, "cyd@acme.example")
    for minutes, reached in ((1, [bob]), (6, sorted([again, bob]))):
        at = now + timedelta(minutes=minutes)
        wanted = TeamFilter(resendable=Resendable(at, POLICY.address_limit))
        async with licensing.pool.acquire() as conn:
            assert sorted(await query.ids(conn, company, wanted, 10)) == reached
        await licensing.resend(company, *reached, at=at)


async def test_a_plan_makes_waiting_pending_and_its_end_waiting_again(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.plan("pia@acme.example", "pro")
    pia = await licensing.invite(company, "Pia@acme.example")
    ann = await licensing.invite(company, "ann@acme.example")
    assert isinstance(await licensing.user(company, pia), PendingTransfer)
    await licensing.plan("ann@acme.example", "connect")
    await licensing.plan("pia@acme.example", None)
    assert isinstance(await licensing.user(company, pia), Waiting)
    assert isinstance(await licensing.user(company, ann), PendingTransfer)
    with pytest.raises(Refused) as refused:
        await licensing.accept(await licensing.invitation(ann))
    assert (refused.value.code, refused.value.facts["offered"]) == ("records_required", 0)
    await licensing.accept(await licensing.invitation(ann), "start_fresh")
    assert (await licensing.seats(company)).occupied == 2


async def test_another_address_gets_a_new_link(licensing: Licensing) -> None:
    company = await licensing.company()
    await licensing.plan("new@acme.example", "pro")
    ann = await licensing.invite(company, "ann@acme.example")
    old = await licensing.invitation(ann)
    await licensing.edit(company, [ann], email="new@acme.example")
    user = await licensing.user(company, ann)
    assert isinstance(user, PendingTransfer) and user.invitation.offered and user.profile.email == "new@acme.example"
    with pytest.raises(Refused):
        await licensing.accept(old)
    await licensing.invite(company, "ann@acme.example")
    await licensing.accept(await licensing.invitation(ann), "transfer")
    with pytest.raises(Refused) as refused:
        await licensing.edit(company, [ann], email="newer@acme.example")
    assert refused.value.code == "email_fixed"


async def test_the_platform_provisions_users_once(licensing: Licensing) -> None:
    company = await licensing.company(2, sso_domains=("elsewhere.example",))
    first = await licensing.provision_user(company, "admin@acme.example", first_name="Ada")
    assert await licensing.provision_user(company, "Admin@acme.example") == first
    user = await licensing.user(company, first)
    assert isinstance(user, Active) and user.profile.first_name == "Ada" and user.invited_at is None
    assert (await licensing.seats(company)).occupied == 1
    waiting = await licensing.invite(company, "ann@elsewhere.example")
    assert await licensing.provision_user(company, "ann@elsewhere.example") == waiting
    seats = await licensing.seats(company)
    assert (seats.of("active"), seats.occupied) == (2, 2)
    with pytest.raises(Refused) as refused:
        await licensing.provision_user(company, "third@acme.example")
    assert refused.value.code == "licenses_exceeded"


async def test_all_or_nothing_with_the_reason_for_each(licensing: Licensing) -> None:
    company = await licensing.company()
    ann, bob = await licensing.active(company, "ann@acme.example"), await licensing.invite(company, "bob@acme.example")
    with pytest.raises(RefusedForSome) as refused:
        await licensing.deactivate(company, ann, bob)
    assert [(r.user_id, r.code) for r in refused.value.reasons] == [(bob, "not_active")]
    assert isinstance(await licensing.user(company, ann), Active)
