"""The rules of taking an action back at once: what its inverse is for each whom it touched, and when there is none."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from services.licensing.domain.user.commands import (
    ChangeMethodologies,
    ChangePermissions,
    ChangeProfile,
    Reactivate,
    SetMethodology,
    UserCommand,
)
from services.licensing.domain.user.state import Active, Actor, Inactive, Manager, Member, Profile
from shared.people.access import PERMISSIONS

OFFERED_FOR = timedelta(seconds=30)
"""How long an action can be taken back at once."""


class Touched(Struct, frozen=True):
    """Somebody whom an action touched: as they were, and the version at which it left them. ``gone``: it took them off
    the list."""

    before: Member
    version: int
    gone: bool


def changed_since(touched: Iterable[Touched], present: Mapping[UUID, int]) -> list[UUID]:
    """Whom somebody has changed since, or has taken off the list: ``present`` are the versions of today. Who went by
    the action itself has no later history."""
    return [
        each.before.user_id for each in touched if not each.gone and present.get(each.before.user_id) != each.version
    ]


def restored(profile: Profile, again: Mapping[UUID, Manager]) -> Profile:
    """The profile as it was; a manager who is invited ``again`` is a new user."""
    manager = profile.reports_to
    if manager is None or manager.user_id not in again:
        return profile
    return replace(profile, reports_to=again[manager.user_id])


def inverse(
    before: Member, now: Member, profile: Profile, by: Actor, at: datetime, *, admin_remains: bool
) -> list[UserCommand]:
    """What brings somebody who is still on the list back to what they were. ``profile``: theirs of then, restored;
    ``admin_remains``: whether there is an admin beside them."""
    back: list[UserCommand] = []
    if isinstance(before, Active) and isinstance(now, Inactive):
        back.append(Reactivate(by, at, undo=True))
    return [
        *back,
        ChangeProfile(profile, by),
        ChangeMethodologies(frozenset(before.access.methodologies), by),
        permissions_of_then(before, by, admin_remains=admin_remains),
    ]


def seats_of_then(before: Member, by: Actor) -> list[UserCommand]:
    """What gives who is invited again the seats of methodologies that they had; what they had used is used."""
    seats = before.access.methodologies
    used = sorted(methodology_id for methodology_id, seat in seats.items() if seat == "consumed")
    return [ChangeMethodologies(frozenset(seats), by), *(SetMethodology(each, "consumed") for each in used)]


def permissions_of_then(before: Member, by: Actor, *, admin_remains: bool = True) -> ChangePermissions:
    """What gives somebody the permissions that they had, whoever granted them."""
    return ChangePermissions(
        frozenset(before.access.permissions), by, admin_remains, grants=frozenset(PERMISSIONS), undo=True
    )
