"""One user: what can be done in which status, said as given, when, then."""

from contextlib import suppress
from datetime import timedelta
from typing import cast

import pytest
from asyncpg import Record
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.user.commands import (
    Accept,
    CancelInvitation,
    ChangeProfile,
    Deactivate,
    Expire,
    Provision,
    Reactivate,
    Readdress,
    Resend,
    Restate,
    TellPlan,
    UserCommand,
)
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.events import (
    Change,
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserEvent,
    UserInvited,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from services.licensing.domain.user.invitation_limits import AddressLimit, RecentInvitations
from services.licensing.domain.user.state import Active, Gone, Inactive, Manager, PendingTransfer, Waiting
from services.licensing.read_models.team.table import COLUMNS, member_of, row_of
from tests.spec import given, replace
from tests.unit.licensing import people as p

LIMIT = AddressLimit(p.FIVE_MINUTES, 5)
RECENT = RecentInvitations(LIMIT, (p.NOON,))
RESEND = Resend(p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RECENT)
ACCEPT = Accept(p.LINK, None, p.NOON)
REACTIVATE = Reactivate(p.BY, p.NOON)
IS_GONE: list[UserEvent] = [p.INVITED, InvitationCancelled(p.GONE, p.BY)]


def test_who_is_invited_is_waiting() -> None:
    given(USER).when(p.invite()).then(p.INVITED)


def test_who_has_an_individual_plan_is_pending_and_offered_the_transfer() -> None:
    given(USER).when(p.invite("pro")).then(p.INVITED_WITH_PLAN)


def test_inviting_again_is_nothing() -> None:
    given(USER, *p.IS_WAITING).when(p.invite()).then_nothing()


def test_accepting_makes_active() -> None:
    given(USER, *p.IS_WAITING).when(ACCEPT).then(p.ACTIVATED)


@pytest.mark.parametrize("records", ["transfer", "start_fresh"])
def test_accepting_an_offer_says_what_happens_to_the_records(records: str) -> None:
    accept = Accept(p.LINK, records, p.NOON)  # type: ignore[arg-type]
    given(USER, *p.IS_PENDING).when(accept).then(UserActivated(p.ACTIVE, records))  # type: ignore[arg-type]


def test_an_offer_needs_a_choice() -> None:
    given(USER, *p.IS_PENDING).when(ACCEPT).then_refused(Refused, code="records_required", facts={"offered": 1})


def test_an_offer_that_has_come_since_needs_a_choice_too() -> None:
    later = given(USER, *p.IS_WAITING).when(TellPlan("pro")).events
    given(USER, *p.IS_WAITING, *later).when(ACCEPT).then_refused(Refused, code="records_required", facts={"offered": 0})


def test_a_choice_about_records_that_are_gone_is_let_pass() -> None:
    given(USER, *p.IS_WAITING).when(Accept(p.LINK, "transfer", p.NOON)).then(p.ACTIVATED)


@pytest.mark.parametrize(
    ("history", "code"),
    [(p.IS_ACTIVE, "used"), (p.IS_INACTIVE, "used"), (IS_GONE, "cancelled"), ([], "not_found")],
)
def test_a_link_works_once(history: list[UserEvent], code: Code) -> None:
    given(USER, *history).when(ACCEPT).then_refused(Refused, code=code)


def test_a_link_is_good_for_two_weeks() -> None:
    last = replace(ACCEPT, at=p.NOON + p.TWO_WEEKS - timedelta(microseconds=1))
    assert given(USER, *p.IS_WAITING).when(last).events
    late = replace(ACCEPT, at=p.NOON + p.TWO_WEEKS)
    given(USER, *p.IS_WAITING).when(late).then_refused(Refused, code="expired")


def test_an_invitation_outside_the_company_s_sso_domains_cannot_be_accepted() -> None:
    outside = replace(ACCEPT, sso_domains=("elsewhere.example",))
    given(USER, *p.IS_WAITING).when(outside).then_refused(Refused, code="not_sso_domain")
    given(USER, *p.IS_PENDING).when(outside).then_refused(Refused, code="not_sso_domain")
    given(USER, *p.IS_ACTIVE).when(outside).then_refused(Refused, code="used")
    given(USER, *p.IS_WAITING).when(replace(ACCEPT, sso_domains=("acme.example",))).then(p.ACTIVATED)


def test_a_state_is_told_again_of_whoever_is_there() -> None:
    for history in (p.IS_WAITING, p.IS_PENDING, p.IS_ACTIVE, p.IS_INACTIVE):
        now = given(USER, *history).state
        (told,) = given(USER, *history).when(Restate(p.PROFILE)).events
        assert told == UserRestated(now)  # pyright: ignore[reportArgumentType]
    for history in (IS_GONE, []):
        given(USER, *history).when(Restate(p.PROFILE)).then_nothing()


def test_a_new_link_ends_the_old_one() -> None:
    resent = given(USER, *p.IS_WAITING).when(RESEND).events
    invitation = replace(p.INVITATION, id=p.NEXT_LINK, resent_at=p.NOON)
    assert resent == [InvitationResent(replace(p.WAITING, invitation=invitation), p.BY)]
    given(USER, *p.IS_WAITING, *resent).when(ACCEPT).then_refused(Refused, code="superseded")
    given(USER, *p.IS_WAITING, *resent).when(replace(ACCEPT, invitation_id=p.NEXT_LINK)).then(p.ACTIVATED)


def test_a_second_resend_waits_five_minutes() -> None:
    resent = given(USER, *p.IS_WAITING).when(RESEND).events
    again = replace(RESEND, recent=RecentInvitations(LIMIT, (p.NOON, p.NOON), p.NOON))
    soon = replace(again, at=p.NOON + p.FIVE_MINUTES - timedelta(seconds=1))
    given(USER, *p.IS_WAITING, *resent).when(soon).then_refused(Refused, code="too_soon", facts={"seconds": 2})
    assert given(USER, *p.IS_WAITING, *resent).when(replace(again, at=p.NOON + p.FIVE_MINUTES)).events


def test_an_offer_that_has_come_since_stands_in_the_next_invitation() -> None:
    later = given(USER, *p.IS_WAITING).when(TellPlan("pro")).events
    (resent,) = given(USER, *p.IS_WAITING, *later).when(RESEND).events
    assert isinstance(resent.after, PendingTransfer) and resent.after.invitation.offered


TABLE: dict[str, tuple[list[UserEvent], dict[str, Code | type[UserEvent]]]] = {
    "waiting": (p.IS_WAITING, {"deactivate": "not_active", "reactivate": "not_inactive",
                               "cancel": InvitationCancelled, "resend": InvitationResent}),
    "pending": (p.IS_PENDING, {"deactivate": "not_active", "reactivate": "not_inactive",
                               "cancel": InvitationCancelled, "resend": InvitationResent}),
    "active": (p.IS_ACTIVE, {"deactivate": UserDeactivated, "reactivate": "not_inactive",
                             "cancel": "not_invited", "resend": "not_invited"}),
    "inactive": (p.IS_INACTIVE, {"deactivate": "not_active", "reactivate": UserReactivated,
                                 "cancel": "not_invited", "resend": "not_invited"}),
    "gone": (IS_GONE, dict.fromkeys(("deactivate", "reactivate", "cancel", "resend"), "not_found")),
}  # fmt: skip
COMMANDS: dict[str, UserCommand] = {
    "deactivate": Deactivate(p.BY),
    "reactivate": REACTIVATE,
    "cancel": CancelInvitation(p.BY),
    "resend": RESEND,
}


@pytest.mark.parametrize("action", COMMANDS)
@pytest.mark.parametrize("status", TABLE)
def test_the_table_of_what_is_possible(status: str, action: str) -> None:
    history, answers = TABLE[status]
    wanted = answers[action]
    if isinstance(wanted, str):
        given(USER, *history).when(COMMANDS[action]).then_refused(Refused, code=wanted)
    else:
        assert [type(event) for event in given(USER, *history).when(COMMANDS[action]).events] == [wanted]


def test_who_comes_back_is_who_they_were() -> None:
    given(USER, *p.IS_INACTIVE).when(REACTIVATE).then(UserReactivated(p.ACTIVE, p.BY))


def test_cancelled_is_gone() -> None:
    history = [*p.IS_WAITING, *given(USER, *p.IS_WAITING).when(CancelInvitation(p.BY)).events]
    assert given(USER, *history).state == Gone(user_id=p.ANN, company_id=p.COMPANY, email="ann@acme.example")


def test_a_plan_that_begins_makes_waiting_pending() -> None:
    pending = replace(p.PENDING, invitation=p.INVITATION)
    given(USER, *p.IS_WAITING).when(TellPlan("pro")).then(TransferPending(pending)).when(TellPlan("pro")).then_nothing()


def test_a_plan_that_changes_is_told() -> None:
    given(USER, *p.IS_PENDING).when(TellPlan("connect")).then(TransferPending(replace(p.PENDING, plan="connect")))


def test_a_plan_that_ends_makes_pending_waiting() -> None:
    waiting = replace(p.WAITING, invitation=p.PENDING.invitation)
    given(USER, *p.IS_PENDING).when(TellPlan(None)).then(TransferWithdrawn(waiting, "pro")).when(
        TellPlan(None)
    ).then_nothing()


@pytest.mark.parametrize("history", [p.IS_ACTIVE, p.IS_INACTIVE, IS_GONE, []])
def test_a_plan_is_nothing_to_who_is_not_invited(history: list[UserEvent]) -> None:
    given(USER, *history).when(TellPlan("pro")).then_nothing()


def test_a_change_names_each_field() -> None:
    boss = Manager(p.BATCH, "boss@acme.example")
    profile = replace(p.PROFILE, title="AE", functional_area="Finance", reports_to=boss, custom_fields={"Level": "IC"})
    changes = (
        Change("functional_area", "Sales", "Finance"),
        Change("title", None, "AE"),
        Change("reports_to", None, "boss@acme.example", None, p.BATCH),
        Change("Level", None, "IC"),
    )
    change = ChangeProfile(profile, p.BY, p.BATCH)
    changed = UserChanged(replace(p.WAITING, profile=profile), changes, p.BY, p.BATCH)
    given(USER, *p.IS_WAITING).when(change).then(changed).when(change).then_nothing()


def test_a_manager_with_another_address_is_the_same_manager() -> None:
    with_boss = replace(p.PROFILE, reports_to=Manager(p.BATCH, "boss@acme.example"))
    renamed = replace(p.PROFILE, reports_to=Manager(p.BATCH, "chief@acme.example"))
    history = [UserInvited(replace(p.WAITING, profile=with_boss), None)]
    given(USER, *history).when(ChangeProfile(renamed, p.BY)).then_nothing()


def test_another_address_gets_a_link_of_its_own_and_its_first_resend_at_once() -> None:
    profile = replace(p.PROFILE, email="lee@acme.example")
    readdress = Readdress(profile, "connect", p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RecentInvitations(LIMIT))
    events = given(USER, *p.IS_WAITING).when(readdress).events
    assert [type(event) for event in events] == [UserChanged, TransferPending, InvitationResent]
    history = [*p.IS_WAITING, *events]
    assert given(USER, *history).when(RESEND).events
    now = given(USER, *history).state
    assert isinstance(now, PendingTransfer) and now.invitation.offered and now.profile == profile


@pytest.mark.parametrize("history", [p.IS_ACTIVE, p.IS_INACTIVE])
def test_the_address_of_who_has_joined_is_fixed(history: list[UserEvent]) -> None:
    readdress = Readdress(p.PROFILE, None, p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RecentInvitations(LIMIT))
    given(USER, *history).when(readdress).then_refused(Refused, code="email_fixed")


def test_an_address_that_has_been_mailed_of_late_is_resent_to() -> None:
    profile = replace(p.PROFILE, email="lee@acme.example")
    readdress = Readdress(profile, None, p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RECENT)
    resent = given(USER, *p.IS_WAITING).when(readdress).events[-1]
    assert isinstance(resent, InvitationResent) and resent.after.invitation.resent_at == p.NOON
    again = replace(readdress, recent=replace(RECENT, again=p.NOON))
    given(USER, *p.IS_WAITING).when(again).then_refused(Refused, code="too_soon")


def test_whom_many_have_invited_today_is_not_invited_but_by_a_review_that_was_confirmed() -> None:
    full = RecentInvitations(LIMIT, (p.NOON,) * 5)
    given(USER).when(replace(p.invite(), recent=full)).then_refused(Refused, code="too_soon")
    given(USER).when(replace(p.invite(), recent=replace(full, sent=full.sent[1:]))).then(p.INVITED)
    given(USER).when(p.invite()).then(p.INVITED)


PROVISION = Provision(p.ANN, p.COMPANY, p.PROFILE, p.NOON)


def test_a_user_who_is_there_already_is_active_at_once_and_once() -> None:
    provisioned = UserProvisioned(replace(p.ACTIVE, invited_at=None))
    given(USER).when(PROVISION).then(provisioned).when(PROVISION).then_nothing()


@pytest.mark.parametrize(
    ("history", "event"),
    [
        (p.IS_WAITING, p.ACTIVATED),
        (p.IS_PENDING, UserActivated(p.ACTIVE, "start_fresh")),
        (p.IS_INACTIVE, UserReactivated(p.ACTIVE, None)),
    ],
)
def test_provisioning_ends_an_invitation_and_an_absence(history: list[UserEvent], event: UserEvent) -> None:
    given(USER, *history).when(PROVISION).then(event).when(PROVISION).then_nothing()


COMMAND = st.sampled_from(
    [p.invite(), p.invite("pro"), PROVISION, ACCEPT, replace(ACCEPT, records="transfer"), TellPlan("pro"),
     TellPlan(None), RESEND, *COMMANDS.values(), ChangeProfile(replace(p.PROFILE, title="AE"), p.BY)]
)  # fmt: skip


@for_any(st.lists(COMMAND, max_size=12))
def test_a_user_always_is_what_the_last_event_says(commands: list[UserCommand]) -> None:
    events: list[UserEvent] = []
    for command in commands:
        state = USER.fold(events)
        try:
            decided = list(USER.decide(command, state))
        except Refused:
            continue
        events += decided
        now = USER.fold(decided, state)
        assert now == (events[-1].after if events else state)
        if isinstance(now, Waiting | PendingTransfer) and isinstance(command, Resend):
            assert now.invitation.id == p.NEXT_LINK


@for_any(st.lists(COMMAND, max_size=12))
def test_a_users_row_says_what_the_fold_says(commands: list[UserCommand]) -> None:
    state = USER.initial
    for command in commands:
        with suppress(Refused):
            state = USER.fold(USER.decide(command, state), state)
    if isinstance(state, Waiting | PendingTransfer | Active | Inactive):
        manager = state.profile.reports_to
        row = dict(zip(COLUMNS, row_of(state, 3, "an address"), strict=True))
        looked_up = {"manager_email": manager and manager.email, "own_fields": list(state.profile.custom_fields)}
        assert member_of(cast(Record, row | looked_up)) == state


IDEMPOTENT = st.sampled_from([p.invite(), PROVISION, TellPlan("pro"), TellPlan(None), ChangeProfile(p.PROFILE, p.BY)])


@for_any(st.lists(COMMAND, max_size=8), IDEMPOTENT)
def test_saying_the_same_again_yields_nothing(commands: list[UserCommand], again: UserCommand) -> None:
    state = USER.initial
    for command in [*commands, again]:
        try:
            state = USER.fold(USER.decide(command, state), state)
        except Refused:
            if command is again:
                return
    assert list(USER.decide(again, state)) == []


def test_the_end_of_a_link_is_told_once_and_not_before() -> None:
    end, early = Expire(p.NOON + p.TWO_WEEKS), Expire(p.NOON + p.TWO_WEEKS - timedelta(microseconds=1))
    told = InvitationExpired(p.EXPIRED)
    given(USER, *p.IS_WAITING).when(early).then_nothing()
    given(USER, *p.IS_WAITING).when(end).then(told)
    given(USER, *p.IS_WAITING, told).when(end).then_nothing()
    for history in (p.IS_ACTIVE, p.IS_INACTIVE, IS_GONE, []):
        given(USER, *history).when(end).then_nothing()


def test_a_new_link_can_end_again() -> None:
    resent = USER.decide(replace(RESEND, at=p.NOON + p.TWO_WEEKS), p.EXPIRED)[0]
    assert isinstance(resent, InvitationResent) and not resent.after.invitation.expired
    assert USER.decide(Expire(p.NOON + 2 * p.TWO_WEEKS), resent.after) != []
