"""Permissions: who gives and takes them, and that there always is an admin, said as given, when, then."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.user.commands import (
    CancelInvitation,
    ChangePermissions,
    Deactivate,
    Provision,
    Reactivate,
    UserCommand,
)
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.events import UserEvent, UserPermissionsChanged
from services.licensing.domain.user.permissions import is_admin
from services.licensing.domain.user.short_undo import inverse
from services.licensing.domain.user.state import Access, Actor, Member, Nobody, Permission, User
from services.licensing.read_models.team.history import grants, history
from shared.eventsourcing.events import Context, Recorded
from shared.people.access import PERMISSIONS
from tests.spec import given, replace
from tests.unit.licensing import people as p

MANAGES = Access(permissions=("manage_users",))
ADMIN = replace(p.ACTIVE, access=MANAGES)
IS_ADMIN: list[UserEvent] = [*p.IS_ACTIVE, UserPermissionsChanged(ADMIN, (), p.BY)]
NONE: frozenset[Permission] = frozenset()
ALL: frozenset[Permission] = frozenset(PERMISSIONS)


def change(*wanted: Permission, **more: Any) -> ChangePermissions:
    return ChangePermissions(frozenset(wanted), p.BY, **more)


def platform(*wanted: Permission, **more: Any) -> ChangePermissions:
    return ChangePermissions(frozenset(wanted), None, grants=ALL, **more)


@pytest.mark.parametrize("history", [p.IS_WAITING, p.IS_PENDING, p.IS_ACTIVE])
def test_an_admin_grants_them_to_whoever_is_in_the_list_and_not_inactive(history: list[UserEvent]) -> None:
    user = given(USER, *history).state
    after = replace(user, access=Access(permissions=("manage_users", "manage_reports")))
    given(USER, *history).when(change("manage_reports", "manage_users")).then(UserPermissionsChanged(after, (), p.BY))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    "history", [[], [*p.IS_WAITING, *given(USER, *p.IS_WAITING).when(CancelInvitation(p.BY)).events]]
)
def test_nobody_who_is_not_in_the_list_is_granted_any(history: list[UserEvent]) -> None:
    given(USER, *history).when(change("manage_users")).then_refused(Refused, code="not_found")


def test_what_they_have_already_is_nothing() -> None:
    given(USER, *IS_ADMIN).when(change("manage_users")).then_nothing()
    given(USER, *p.IS_INACTIVE).when(change()).then_nothing()


def test_an_inactive_user_can_only_lose_what_they_had() -> None:
    out = [*IS_ADMIN, *given(USER, *IS_ADMIN).when(Deactivate(p.BY, admin_remains=True)).events]
    assert given(USER, *out).state == replace(p.INACTIVE, access=MANAGES)
    given(USER, *out).when(change("manage_users", "manage_reports")).then_refused(Refused, code="not_active")
    (lost,) = given(USER, *out).when(change()).events
    back = given(USER, *out, lost).when(Reactivate(p.BY, p.NOON)).events[-1].after
    assert back == p.ACTIVE


@pytest.mark.parametrize("before", [p.INACTIVE, p.ACTIVE])
def test_what_was_taken_away_is_given_back_by_an_undo(before: Member) -> None:
    had = replace(before, access=Access(permissions=("manage_users", "authorize_purchases")))
    (*_, back) = USER.decide(inverse(had, before, had.profile, p.BY, p.NOON, admin_remains=False)[-1], before)
    assert back.after == had


def test_the_platform_alone_lets_somebody_authorize_purchases_and_takes_that_away() -> None:
    given(USER, *p.IS_ACTIVE).when(change("authorize_purchases")).then_refused(Refused, code="platform_grants")
    buyer = replace(p.ACTIVE, access=Access(permissions=("authorize_purchases",)))
    bought = UserPermissionsChanged(buyer, (), None)
    given(USER, *p.IS_ACTIVE).when(platform("authorize_purchases")).then(bought)
    given(USER, *p.IS_ACTIVE, bought).when(change()).then_nothing()
    given(USER, *p.IS_ACTIVE, bought).when(change("authorize_purchases")).then_nothing()
    both = replace(p.ACTIVE, access=Access(permissions=("manage_reports", "authorize_purchases")))
    given(USER, *p.IS_ACTIVE, bought).when(change("manage_reports")).then(
        UserPermissionsChanged(both, ("authorize_purchases",), p.BY)
    )
    given(USER, *p.IS_ACTIVE, bought).when(platform()).then(
        UserPermissionsChanged(p.ACTIVE, ("authorize_purchases",), None)
    )


@pytest.mark.parametrize("command", [change(), change("manage_reports"), platform(), Deactivate(p.BY)])
def test_the_last_admin_stays_one(command: UserCommand) -> None:
    given(USER, *IS_ADMIN).when(command).then_refused(Refused, code="last_admin")
    assert given(USER, *IS_ADMIN).when(replace(command, admin_remains=True)).events


@pytest.mark.parametrize(
    ("history", "command"),
    [(p.IS_ACTIVE, Deactivate(p.BY)), (IS_ADMIN, change("manage_users", "manage_reports")), (p.IS_WAITING, change())],
)
def test_whoever_is_no_admin_or_stays_one_needs_no_other(history: list[UserEvent], command: UserCommand) -> None:
    _ = given(USER, *history).when(command).events


def test_a_waiting_admin_is_none_yet_and_their_invitation_can_be_cancelled() -> None:
    waiting = [*p.IS_WAITING, *given(USER, *p.IS_WAITING).when(change("manage_users")).events]
    assert not is_admin(given(USER, *waiting).state)
    assert given(USER, *waiting).when(CancelInvitation(p.BY)).events
    assert given(USER, *waiting).when(change()).events


def test_who_deactivates_themselves_hears_of_that_first() -> None:
    me = Deactivate(Actor("ANN@acme.example", "Ann"))
    given(USER, *IS_ADMIN).when(me).then_refused(Refused, code="own_account")


def test_the_history_says_who_granted_what_and_took_what() -> None:
    two = replace(p.ACTIVE, access=Access(permissions=("manage_users", "manage_reports")))
    log = [
        *IS_ADMIN,
        UserPermissionsChanged(two, ("manage_users",), None),
        UserPermissionsChanged(
            replace(two, access=Access(permissions=("manage_reports",))), two.access.permissions, p.BY
        ),
    ]
    recorded: Any = [recorded_as(n, event) for n, event in enumerate(log)]
    said = [entry for entry in history(recorded) if entry.what == "permissions_changed"]
    assert [(entry.by and entry.by.name, entry.granted, entry.withdrawn) for entry in said] == [
        ("Ada Admin", ["manage_users"], []),
        (None, ["manage_reports"], []),
        ("Ada Admin", [], ["manage_users"]),
    ]
    (one,) = grants(recorded)
    assert (one.permission, one.by, one.at) == ("manage_reports", None, recorded[3].context.at)


def recorded_as(n: int, event: UserEvent) -> Recorded[Any]:
    context = Context("request", None, "", str(p.COMPANY), p.NOON + timedelta(minutes=n))
    return Recorded(UUID(int=n), "user", n + 1, event, context, n + 1)


@dataclass
class Company:
    """A company of four, whose commands say of others what the application would find."""

    users: dict[int, User] = field(default_factory=dict[int, User])

    def remain(self, *without: int) -> bool:
        return any(is_admin(user) for n, user in self.users.items() if n not in without)

    def do(self, *commands: tuple[int, UserCommand]) -> None:
        """All or nothing."""
        after = dict(self.users)
        for n, command in commands:
            for event in USER.decide(command, after.get(n, Nobody())):
                after[n] = USER.evolve(after.get(n, Nobody()), event)
        self.users = after


WHO = st.integers(0, 3)
SETS = st.frozensets(st.sampled_from(PERMISSIONS))
STEPS = st.one_of(
    st.tuples(st.just("provision"), WHO, SETS),
    st.tuples(st.just("change"), WHO, SETS),
    st.tuples(st.just("deactivate"), st.lists(WHO, min_size=1, max_size=3, unique=True), WHO),
    st.tuples(st.just("reactivate"), WHO, st.none()),
    st.tuples(st.just("undo"), WHO, SETS),
)


def act(company: Company, step: tuple[str, Any, Any]) -> None:
    match step:
        case "provision", n, wanted:
            profile = replace(p.PROFILE, email=f"u{n}@acme.example")
            grant = ChangePermissions(wanted, None, company.remain(n), ALL)
            company.do((n, Provision(UUID(int=n + 10), p.COMPANY, profile, p.NOON)), (n, grant))
        case "change", n, wanted:
            company.do((n, ChangePermissions(wanted, p.BY, company.remain(n))))
        case "deactivate", leaving, n:
            by = Actor(f"u{n}@acme.example", "U")
            company.do(*((i, Deactivate(by, admin_remains=company.remain(*leaving))) for i in leaving))
        case "reactivate", n, _:
            company.do((n, Reactivate(p.BY, p.NOON)))
        case "undo", n, had:
            now = company.users.get(n, Nobody())
            if isinstance(now, Member):
                before = replace(now, access=Access(permissions=tuple(sorted(had))))
                back = inverse(before, now, now.profile, p.BY, p.NOON, admin_remains=company.remain(n))
                company.do(*((n, command) for command in back))
        case _:
            raise AssertionError(step)


@for_any(st.lists(STEPS, max_size=25))
def test_once_there_is_an_admin_there_always_is_one(steps: list[tuple[str, Any, Any]]) -> None:
    company, had = Company(), False
    for step in steps:
        try:
            act(company, step)
        except Refused as refused:
            known: tuple[Code, ...] = (
                "last_admin",
                "own_account",
                "platform_grants",
                "not_active",
                "not_inactive",
                "not_found",
            )
            assert refused.code in known
        had = had or company.remain()
        assert company.remain() == had
