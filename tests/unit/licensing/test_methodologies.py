"""The seats of methodologies that one user has: in which status they can get one, and that a used one stays theirs."""

from collections.abc import Mapping

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.application.seat_moves import SeatMoves
from services.licensing.domain.methodology_pools.commands import ConsumeSeats, ReleaseSeats, ReserveSeats
from services.licensing.domain.methodology_pools.decide import POOLS
from services.licensing.domain.methodology_pools.state import Pool, Pools
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import (
    CancelInvitation,
    ChangeMethodologies,
    Deactivate,
    Reactivate,
    SetMethodology,
    UserCommand,
)
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.events import (
    InvitationCancelled,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    UserDeactivated,
    UserEvent,
    UserInvited,
    UserProvisioned,
    UserReactivated,
)
from services.licensing.domain.user.state import NO_ACCESS, Access, Member, MethodologySeat, User, seats_of
from tests.spec import given, replace
from tests.unit.licensing import people as p

OPEN: list[Member] = [p.WAITING, p.PENDING, p.ACTIVE]
each_open = pytest.mark.parametrize("user", OPEN, ids=lambda user: user.status)


def having(user: Member, **seats: MethodologySeat) -> Member:
    return replace(user, access=Access(seats, user.access.permissions) if seats else NO_ACCESS)


def told_of(user: Member) -> UserEvent:
    """An event by which somebody is this."""
    return UserProvisioned(user) if user.status == "active" else UserInvited(user, None)  # pyright: ignore[reportArgumentType]


def change(*methodologies: str) -> ChangeMethodologies:
    return ChangeMethodologies(frozenset(methodologies), p.BY)


@each_open
def test_they_get_what_they_shall_have_and_lose_the_rest(user: Member) -> None:
    had = having(user, value="reserved", kept="reserved")
    withdrawn = having(user, kept="reserved")
    granted = having(user, kept="reserved", command="reserved")
    given(USER, told_of(had)).when(change("command", "kept")).then(
        MethodologyWithdrawn(withdrawn, "value", p.BY), MethodologyGranted(granted, "command", p.BY)
    ).when(change("command", "kept")).then_nothing()


@each_open
def test_a_used_one_cannot_be_taken_away(user: Member) -> None:
    used = told_of(having(user, command="consumed", value="reserved"))
    given(USER, used).when(change()).then_refused(Refused, code="methodology_consumed")
    given(USER, used).when(SetMethodology("command", "reserved")).then_refused(Refused, code="methodology_consumed")
    given(USER, used).when(change("command", "value")).then_nothing()


@each_open
def test_the_platform_says_how_they_have_one(user: Member) -> None:
    reserved, consumed = having(user, command="reserved"), having(user, command="consumed")
    use = SetMethodology("command", "consumed")
    reserve = SetMethodology("command", "reserved")
    given(USER, told_of(user)).when(reserve).then(MethodologyGranted(reserved, "command", None))
    given(USER, told_of(reserved)).when(reserve).then_nothing()
    given(USER, told_of(reserved)).when(use).then(MethodologyConsumed(consumed, "command"))
    given(USER, told_of(consumed)).when(use).then_nothing()
    given(USER, told_of(user)).when(use).then(
        MethodologyGranted(reserved, "command", None), MethodologyConsumed(consumed, "command")
    )


def test_who_is_inactive_gets_none_and_keeps_what_they_have_used() -> None:
    inactive = having(p.INACTIVE, command="consumed")
    state = (UserDeactivated(inactive, p.BY),)  # pyright: ignore[reportArgumentType]
    given(USER, *state).when(change("command", "value")).then_refused(Refused, code="not_active")
    given(USER, *state).when(SetMethodology("value", "consumed")).then_refused(Refused, code="not_active")
    given(USER, *state).when(change()).then_refused(Refused, code="methodology_consumed")
    given(USER, *state).when(SetMethodology("command", "consumed")).then_nothing()
    given(USER, *state).when(change("command")).then_nothing()
    back = having(p.ACTIVE, command="consumed")
    given(USER, *state).when(Reactivate(p.BY, p.NOON)).then(UserReactivated(back, p.BY))  # pyright: ignore[reportArgumentType]


def test_who_leaves_gives_back_what_they_have_not_used() -> None:
    had = having(p.ACTIVE, command="consumed", value="reserved")
    left = {"command": "consumed"}
    given(USER, told_of(had)).when(Deactivate(p.BY)).then(
        MethodologyWithdrawn(having(p.ACTIVE, **left), "value", p.BY),  # pyright: ignore[reportArgumentType]
        UserDeactivated(having(p.INACTIVE, **left), p.BY),  # pyright: ignore[reportArgumentType]
    )
    had = having(p.WAITING, command="consumed", value="reserved")
    given(USER, told_of(had)).when(CancelInvitation(p.BY, p.UNDO)).then(
        MethodologyWithdrawn(having(p.WAITING, **left), "value", p.BY, p.UNDO),  # pyright: ignore[reportArgumentType]
        InvitationCancelled(replace(p.GONE, consumed=("command",)), p.BY, p.UNDO),
    )


def test_permissions_stay_whatever_becomes_of_seats() -> None:
    had = replace(p.WAITING, access=Access({"command": "reserved"}, ("manage_users",)))
    (event,) = USER.decide(change(), had)
    assert isinstance(event, MethodologyWithdrawn) and event.after.access == Access({}, ("manage_users",))


SOME = st.frozensets(st.sampled_from(["command", "value", "other"]))
COMMANDS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.builds(ChangeMethodologies, SOME, st.just(p.BY)),
            st.builds(SetMethodology, st.sampled_from(["command", "value"]), st.sampled_from(["reserved", "consumed"])),
            st.just(Deactivate(p.BY)),
            st.just(Reactivate(p.BY, p.NOON)),
            st.just(CancelInvitation(p.BY)),
        ),
    ),
    max_size=40,
)
BOUGHT = {"command": 3, "value": 2, "other": 1}


@for_any(COMMANDS)
def test_pools_are_what_users_have_whatever_happens_to_them(commands: list[tuple[int, UserCommand]]) -> None:
    """Four users, of whom two have not joined yet; each command is carried out with its pools, or not at all."""
    users: dict[int, User] = {0: p.WAITING, 1: p.PENDING, 2: p.ACTIVE, 3: p.ACTIVE}
    pools = Pools()
    for who, command in commands:
        try:
            after = USER.fold(USER.decide(command, users[who]), users[who])
            pools = settled(pools, users[who], after)
        except Refused:
            continue
        used_before = {i for i, seat in seats_of(users[who]).items() if seat == "consumed"}
        assert used_before <= {i for i, seat in seats_of(after).items() if seat == "consumed"}, "what was used stays"
        users[who] = after
        assert {i: pools.of(i) for i in BOUGHT} == counted(users)
        assert all(pools.of(i).occupied <= purchased for i, purchased in BOUGHT.items())


def settled(pools: Pools, before: User, after: User) -> Pools:
    """The pools as the unit of work asks them. Raises Refused."""
    moves = SeatMoves()
    moves.note(before, after)
    for command in (
        ReserveSeats(p.COMPANY, moves.gained, BOUGHT, "granted"),
        ConsumeSeats(p.COMPANY, moves.used),
        ReleaseSeats(p.COMPANY, moves.lost, BOUGHT, "withdrawn"),
    ):
        pools = POOLS.fold(POOLS.decide(command, pools), pools)
    return pools


def counted(users: Mapping[int, User]) -> Mapping[str, Pool]:
    """How many seats these users have, of each methodology."""
    seats = [place for user in users.values() for place in seats_of(user).items()]
    return {i: Pool(seats.count((i, "reserved")), seats.count((i, "consumed"))) for i in BOUGHT}


def test_seats_that_were_had_already_are_asked_for_no_more() -> None:
    moves = SeatMoves()
    moves.had_already({"command": 2})
    for _ in range(2):
        moves.note(p.WAITING, having(p.WAITING, command="reserved"))
    assert not moves.gained
    moves.note(p.WAITING, having(p.WAITING, command="reserved"))
    assert moves.gained == {"command": 1}
