"""Permissions on a real database: there always is an admin, whoever takes what from whom at the same moment; and in a
company whose permissions stand in Usher, who lost theirs does nothing any more."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from services.licensing.application import lock_retry
from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.change_permissions import change_permissions
from services.licensing.application.confirm_batch.job import ConfirmJob
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues
from services.licensing.application.invite_user import invite_user
from services.licensing.application.provision_user import provision_user
from services.licensing.application.reactivate_users import reactivate_users
from services.licensing.application.undo_action import begin, offer, undo_action
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Active, Actor, Permission, Waiting
from services.licensing.read_models.team.standing import UsersPermissions
from shared.http.auth import Principal
from tests.integration.licensing.test_concurrency import snapshots_equal_the_fold
from tests.integration.licensing.world import BY, POLICY, Licensing, context, row

pytestmark = pytest.mark.anyio

T = TypeVar("T")
NONE: frozenset[Permission] = frozenset()
MANAGES: frozenset[Permission] = frozenset({"manage_users"})


def admin(n: int) -> Actor:
    return Actor(f"admin{n}@acme.example", f"Admin {n}", f"sub-{n}", "https://sign-in.acme.example")


async def provision(
    licensing: Licensing, company: UUID, email: str, permissions: frozenset[Permission] | None = MANAGES
) -> UUID:
    return await licensing.run(company, lambda uow: provision_user(uow, email, FormValues({}, {}), permissions))


async def admins(licensing: Licensing, company: UUID, count: int) -> list[UUID]:
    return [await provision(licensing, company, admin(n).email) for n in range(count)]


async def strip(licensing: Licensing, company: UUID, user_id: UUID, by: Actor) -> None:
    await licensing.permit(company, user_id, by=by)


async def left(licensing: Licensing, company: UUID, ids: Sequence[UUID]) -> int:
    users = [await licensing.user(company, i) for i in ids]
    return sum(isinstance(user, Active) and "manage_users" in user.access.permissions for user in users)


def codes(said: Sequence[object]) -> list[str]:
    """What became of each, in alphabetical order."""

    def code(each: object) -> str:
        match each:
            case Refused():
                return each.code
            case RefusedForSome():
                return each.reasons[0].code
            case None:
                return "done"
            case _:
                raise AssertionError(each)

    return sorted(map(code, said))


TAKE: dict[str, Callable[[Licensing, UUID, UUID, Actor], Awaitable[None]]] = {
    "strip": strip,
    "deactivate": lambda licensing, company, user_id, by: licensing.deactivate(company, user_id, by=by),
}


@pytest.mark.parametrize("attempt", range(2))
@pytest.mark.parametrize(
    ("one", "other", "second"),
    [
        ("strip", "strip", {"last_admin"}),
        ("deactivate", "deactivate", {"deactivated"}),
        ("strip", "deactivate", {"last_admin", "deactivated"}),
    ],
)
async def test_two_who_take_it_from_each_other_at_the_same_moment_leave_one(
    licensing: Licensing, one: str, other: str, second: set[str], attempt: int
) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    said = await asyncio.gather(
        TAKE[one](licensing, company, ben, admin(0)),
        TAKE[other](licensing, company, ada, admin(1)),
        return_exceptions=True,
    )
    (refused,) = [code for code in codes(said) if code != "done"]
    assert refused in second, said
    assert await left(licensing, company, [ada, ben]) == 1


async def test_twenty_at_once_leave_at_least_one(licensing: Licensing) -> None:
    """In a ring, by both ways, and a program that takes it from everybody at once."""
    company = await licensing.company(40)
    ids = await admins(licensing, company, 20)
    ring = [TAKE[("strip", "deactivate")[n % 2]](licensing, company, ids[(n + 1) % 20], admin(n)) for n in range(20)]
    said = await asyncio.gather(
        *ring, *(provision(licensing, company, admin(n).email, NONE) for n in range(20)), return_exceptions=True
    )
    assert all(each is None or isinstance(each, Refused | RefusedForSome | UUID) for each in said), said
    assert await left(licensing, company, ids) == 1
    await snapshots_equal_the_fold(licensing)


async def test_the_last_one_is_kept_by_every_way(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    waiting = await licensing.run(company, lambda uow: invite_user(uow, _form("wim"), BY, MANAGES))
    reader = await provision(licensing, company, "rita@acme.example", frozenset({"manage_reports"}))
    assert isinstance(await licensing.user(company, waiting), Waiting)
    said = await asyncio.gather(licensing.deactivate(company, reader, ada, ben), return_exceptions=True)
    assert codes(said) == ["last_admin"], "who is invited is none yet"
    await strip(licensing, company, ben, admin(0))
    attempts: list[Awaitable[object]] = [
        strip(licensing, company, ada, admin(0)),
        licensing.deactivate(company, ada),
        licensing.deactivate(company, reader, ada),
        provision(licensing, company, admin(0).email, NONE),
        provision(licensing, company, admin(0).email, frozenset({"manage_reports"})),
    ]
    for attempt in attempts:
        assert codes(await asyncio.gather(attempt, return_exceptions=True)) == ["last_admin"]
    assert (await licensing.seats(company)).of("inactive") == 0, "all or nothing"
    await licensing.accept(await licensing.invitation(waiting))
    await licensing.deactivate(company, ada)
    assert await left(licensing, company, [ada, ben, waiting]) == 1


async def test_what_an_inactive_admin_had_comes_back_with_them_unless_it_was_taken(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    await licensing.deactivate(company, ben, by=admin(0))
    assert await left(licensing, company, [ada, ben]) == 1
    await licensing.reactivate(company, ben)
    assert await left(licensing, company, [ada, ben]) == 2
    await licensing.deactivate(company, ben, by=admin(0))
    await strip(licensing, company, ben, admin(0))
    await licensing.reactivate(company, ben)
    assert await left(licensing, company, [ada, ben]) == 1


async def test_the_platform_brings_somebody_back_with_what_it_says(licensing: Licensing) -> None:
    company = await licensing.company()
    (ada,) = await admins(licensing, company, 1)
    await provision(licensing, company, admin(1).email)
    await licensing.deactivate(company, ada)
    assert await provision(licensing, company, admin(0).email, NONE) == ada
    user = await licensing.user(company, ada)
    assert (isinstance(user, Active), user.access.permissions) == (True, ())
    await provision(licensing, company, admin(0).email, frozenset({"authorize_purchases"}))
    await provision(licensing, company, admin(0).email, None)
    assert (await licensing.user(company, ada)).access.permissions == ("authorize_purchases",)


async def test_what_was_changed_at_once_is_taken_back_with_the_rest(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    waiting = await licensing.run(company, lambda uow: invite_user(uow, _form("wim"), BY, MANAGES))

    async def undoable(work: Callable[[UnitOfWork], Awaitable[object]]) -> UUID:
        async def act(uow: UnitOfWork) -> UUID:
            begin(uow)
            await work(uow)
            action = await offer(uow, BY)
            assert action
            return action.id

        return await licensing.run(company, act)

    stripped = await undoable(lambda uow: change_permissions(uow, ben, NONE, BY))
    await licensing.run(company, lambda uow: undo_action(uow, stripped, BY))
    assert await left(licensing, company, [ada, ben]) == 2
    from services.licensing.application.cancel_invitations import cancel_invitations

    cancelled = await undoable(lambda uow: cancel_invitations(uow, [waiting], BY))
    (again,) = await licensing.run(company, lambda uow: undo_action(uow, cancelled, BY))
    assert (await licensing.user(company, again)).access.permissions == ("manage_users",)
    rita = await provision(licensing, company, "rita@acme.example", NONE)
    granted = await undoable(lambda uow: change_permissions(uow, rita, MANAGES, BY))
    await licensing.deactivate(company, ada, ben)
    (said,) = await asyncio.gather(
        licensing.run(company, lambda uow: undo_action(uow, granted, BY)), return_exceptions=True
    )
    assert codes([said]) == ["last_admin"], "nobody else is one by now"


def _form(local: str) -> FormValues:
    given = {"email": f"{local}@acme.example", "first_name": "Wim", "last_name": "Lee", "functional_area": "Sales"}
    return FormValues(given, {})


async def by_directory(licensing: Licensing, company: UUID, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """As where Usher says who may what."""
    return (
        await lock_retry.run(licensing.store, lambda tx: work(UnitOfWork(tx, company, context(), POLICY, "directory")))
    ).result


async def test_who_lost_the_permission_does_nothing_any_more_whatever_the_door_let_in(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    await strip(licensing, company, ben, admin(0))
    by, nobody = admin(1), Actor("nobody@acme.example", "Nobody")
    attempts: Sequence[Callable[[UnitOfWork], Awaitable[object]]] = (
        lambda uow: change_permissions(uow, ben, MANAGES, by),
        lambda uow: deactivate_users(uow, [ada], by),
        lambda uow: reactivate_users(uow, [ada], by),
        lambda uow: edit_users(uow, [ada], FormValues({"title": "AE"}, {}), by),
        lambda uow: invite_user(uow, _form("new"), by),
        lambda uow: invite_user(uow, _form("new"), nobody),
    )
    before = await licensing.pool.fetchval("SELECT count(*) FROM events")
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            await by_directory(licensing, company, attempt)
        assert refused.value.code == "forbidden"
    assert await licensing.pool.fetchval("SELECT count(*) FROM events") == before
    await by_directory(licensing, company, lambda uow: invite_user(uow, _form("new"), admin(0)))


async def test_of_two_by_the_directory_the_second_finds_that_they_may_not_any_more(licensing: Licensing) -> None:
    company = await licensing.company()
    ada, ben = await admins(licensing, company, 2)
    said = await asyncio.gather(
        by_directory(licensing, company, lambda uow: change_permissions(uow, ben, NONE, admin(0))),
        by_directory(licensing, company, lambda uow: change_permissions(uow, ada, NONE, admin(1))),
        return_exceptions=True,
    )
    assert codes(said) == ["done", "forbidden"]
    assert await left(licensing, company, [ada, ben]) == 1


async def test_what_an_admin_confirmed_who_lost_the_permission_goes_back_to_review(licensing: Licensing) -> None:
    company = await licensing.company()
    _, ben = await admins(licensing, company, 2)
    await licensing.put_batch(company, [row("new@acme.example")], uuid4(), by=admin(1))
    await strip(licensing, company, ben, admin(0))
    worker = licensing.worker()
    while (job := await worker._claim()) is not None:  # pyright: ignore[reportPrivateUsage]
        await ConfirmJob(licensing.store, licensing.blobs, POLICY, "directory")(job)
    (refused,) = await licensing.told("BatchRefused")
    assert getattr(refused, "reason", None) == "stale_review"


async def test_the_directory_says_what_an_active_user_was_granted_and_nothing_of_others(licensing: Licensing) -> None:
    company, other = await licensing.company(), await licensing.company()
    (ada, _) = await admins(licensing, company, 2)
    await licensing.run(company, lambda uow: invite_user(uow, _form("wim"), BY, MANAGES))
    source = UsersPermissions(licensing.pool)

    def holder(of: UUID | None, email: str) -> Principal:
        return Principal("sub", email, "", of and str(of), frozenset({"manage_users"}), frozenset(), "token")

    assert await source.of(holder(company, " ADMIN0@Acme.Example")) == MANAGES
    nobodies = [
        holder(other, admin(0).email),
        holder(None, admin(0).email),
        holder(company, "wim@acme.example"),
        holder(company, "nobody@acme.example"),
        holder(company, ""),
        replace(holder(company, admin(0).email), email_refuted=True),
    ]
    for who in nobodies:
        assert await source.of(who) == frozenset() and not await source.may(who, "manage_users"), who
    await licensing.deactivate(company, ada)
    assert await source.of(holder(company, admin(0).email)) == frozenset()
