"""Rules of undoing: what it comes to for a user whom a batch invited or changed, as they are now.

Who has not joined is not invited any more; what is still as the batch left it becomes what it was before. Whatever was
done since stays: nothing of somebody else's is undone with it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from msgspec import structs

from services.licensing.domain.user.events import (
    Change,
    MethodologyConsumed,
    MethodologyWithdrawn,
    UserChanged,
    UserEvent,
)
from services.licensing.domain.user.state import (
    Active,
    Actor,
    Inactive,
    Manager,
    Member,
    PendingTransfer,
    Profile,
    Waiting,
)
from shared.people import own
from shared.people.graph import circles
from shared.people.profile import FIRST_NAME, LAST_NAME, METHODOLOGIES, REPORTS_TO, TEXT_KEYS
from shared.people.text import fold

NAMES = frozenset({FIRST_NAME, LAST_NAME})
"""Texts that are empty, never None, where there is none."""
Outcome = Literal["cancel", "restore", "kept"]
Reason = Literal["joined", "left", "changed_since", "no_longer_valid"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a batch did to a user: ``changes``, or None where it invited them, and ``granted``, the methodologies of
    which it gave them a seat. ``after`` is what they were then."""

    after: Member
    changes: tuple[Change, ...] | None
    granted: tuple[str, ...] = ()

    @property
    def user_id(self) -> UUID:
        return self.after.user_id


class Since(NamedTuple):
    """Who has done something since, and when; ``by`` None where it was nobody's doing."""

    by: Actor | None
    at: datetime


@dataclass(frozen=True, slots=True)
class UndoneRow:
    """What undoing comes to for a user, or for those of their fields that have one outcome. ``changes`` are from what
    is so now to what was so before the batch; they are made where the outcome is "restore"."""

    outcome: Outcome
    user_id: UUID
    email: str
    first_name: str
    last_name: str
    changes: tuple[Change, ...] = ()
    reason: Reason | None = None
    since: Since | None = None


Possible = Callable[[Change], bool]
"""Whether a user could be given the value that a change leads to, as their company is now."""


def undone(effect: Effect, now: Member | None, since: Mapping[str, Since], possible: Possible) -> list[UndoneRow]:
    """The rows of one user, who is ``now`` so; None where they have left the list. ``since``: who changed which field
    last, after the batch."""
    user = now or effect.after
    row = UndoneRow("kept", user.user_id, user.profile.email, user.profile.first_name, user.profile.last_name)
    if effect.changes is None:
        return [_not_invited(row, now)]
    match now:
        case Waiting() | PendingTransfer() | Active():
            return list(_fields(row, now, effect, since, possible))
        case Inactive() | None:
            # Who is Inactive stays as they were, whatever is done.
            changes = tuple(_taken_back(user.profile, change) for change in effect.changes)
            return [replace(row, changes=changes, reason="left")]


def _not_invited(row: UndoneRow, now: Member | None) -> UndoneRow:
    match now:
        case Waiting() | PendingTransfer():
            return replace(row, outcome="cancel")
        case Active():
            return replace(row, reason="joined")
        case Inactive() | None:
            return replace(row, reason="left")


def _fields(
    row: UndoneRow, now: Member, effect: Effect, since: Mapping[str, Since], possible: Possible
) -> Iterator[UndoneRow]:
    """One row of what is restored; one of what can't be; one for each who has changed something since."""
    restored, impossible, others = list[Change](), list[Change](), dict[Since | None, list[Change]]()
    for change in effect.changes or ():
        back = _taken_back(now.profile, change)
        if not _is_as(now.profile, change):
            others.setdefault(since.get(field_key(change.field)), []).append(back)
        elif possible(back):
            restored.append(back)
        else:
            impossible.append(back)
    for each in effect.granted:
        seat = now.access.methodologies.get(each)
        if seat == "reserved":
            restored.append(Change(METHODOLOGIES, each, None))
        else:
            who = since.get(_seat_key(each))
            others.setdefault(who, []).append(Change(METHODOLOGIES, each if seat else None, None))
    if restored:
        yield replace(row, outcome="restore", changes=tuple(restored))
    for who, each in others.items():
        yield replace(row, changes=tuple(each), reason="changed_since", since=who)
    if impossible:
        yield replace(row, changes=tuple(impossible), reason="no_longer_valid")


def still_restored(now: Member, changes: Iterable[Change], possible: Possible) -> bool:
    """Whether a row that restores still does just that."""
    if isinstance(now, Inactive):
        return False
    return all(
        now.access.methodologies.get(change.before or "") == "reserved"
        if change.field == METHODOLOGIES
        else possible(change)
        and _is_as(now.profile, Change(change.field, change.after, change.before, change.after_id, change.before_id))
        for change in changes
    )


def changed_since(effect: Effect, now: Member) -> bool:
    """Whether any of what the batch changed is otherwise by now."""
    seats = now.access.methodologies
    return not all(_is_as(now.profile, change) for change in effect.changes or ()) or any(
        seats.get(each) != "reserved" for each in effect.granted
    )


def _is_as(now: Profile, change: Change) -> bool:
    """Whether the field still is as the change left it: a manager by who they are, whatever their address is today."""
    text, manager_id = value_of(now, change.field)
    return manager_id == change.after_id if change.field == REPORTS_TO else text == change.after


def _taken_back(now: Profile, change: Change) -> Change:
    text, manager_id = value_of(now, change.field)
    return Change(change.field, text, change.before, manager_id, change.before_id)


def value_of(profile: Profile, field: str) -> tuple[str | None, UUID | None]:
    """What a profile has in a field, as changes say it; of Reports To also the manager's id."""
    if field == REPORTS_TO:
        manager = profile.reports_to
        return (None, None) if manager is None else (manager.email, manager.user_id)
    text = getattr(profile, field) if field in TEXT_KEYS else own.value_of(profile.custom_fields, field)
    return text or None, None


def last_changes(events: Iterable[tuple[UserEvent, datetime]]) -> dict[str, Since]:
    """Who changed which field last, by ``field_key``, of a user's events in their order."""
    found: dict[str, Since] = {}
    for event, at in events:
        if isinstance(event, UserChanged):
            by = event.by or (event.because.by if event.because else None)
            found |= {field_key(change.field): Since(by, at) for change in event.changes}
        elif isinstance(event, MethodologyConsumed | MethodologyWithdrawn):
            found[_seat_key(event.methodology_id)] = Since(event.by, at)
    return found


def _seat_key(methodology_id: str) -> str:
    return f"{METHODOLOGIES}:{methodology_id}"


def withdrawn(changes: Iterable[Change]) -> frozenset[str]:
    """The methodologies whose seats the changes of a row take back."""
    return frozenset(change.before for change in changes if change.field == METHODOLOGIES and change.before)


def field_key(field: str) -> str:
    """A field by which changes are told to be of the same one, however the company spells its own today."""
    return fold(field)


def restored(present: Profile, changes: Iterable[Change], managers: Mapping[UUID, Manager]) -> Profile:
    """The profile with the changes of a row made, which may be about seats, too. ``managers`` are those who are named
    in them."""
    custom, texts, manager = dict(present.custom_fields), dict[str, str | None](), present.reports_to
    for change in changes:
        if change.field == REPORTS_TO:
            manager = managers[change.after_id] if change.after_id else None
        elif change.field == METHODOLOGIES:
            pass
        elif change.field in TEXT_KEYS:
            texts[change.field] = change.after
        else:
            custom = own.without(custom, change.field) | ({change.field: change.after} if change.after else {})
    for name in NAMES.intersection(texts):
        texts[name] = texts[name] or ""
    return structs.replace(present, **texts, reports_to=manager, custom_fields=custom)


def without_circles(rows: Sequence[UndoneRow], present: Callable[[UUID], UUID | None]) -> list[UndoneRow]:
    """The rows; where all of them together would let somebody report to themselves, without what does: whoever is on a
    circle keeps the manager they have. ``present`` says who reports to whom today."""
    new = new_managers(rows)
    kept = set[UUID]()

    def manager_of(user_id: UUID) -> UUID | None:
        return new[user_id] if user_id in new and user_id not in kept else present(user_id)

    # To keep some may close a circle with others. What is so today is none, so this ends.
    while closing := {user for user in circles(new, manager_of) if new.get(user) and user not in kept}:
        kept |= closing
    return [each for row in rows for each in (_without_manager(row) if row.user_id in kept else (row,))]


def new_managers(rows: Iterable[UndoneRow]) -> dict[UUID, UUID | None]:
    """Whom users would report to again, None for nobody."""
    return {
        row.user_id: change.after_id
        for row in rows
        if row.outcome == "restore"
        for change in row.changes
        if change.field == REPORTS_TO
    }


def _without_manager(row: UndoneRow) -> Iterator[UndoneRow]:
    if row.outcome != "restore":
        yield row
        return
    others = tuple(change for change in row.changes if change.field != REPORTS_TO)
    if others:
        yield replace(row, changes=others)
    yield replace(
        row,
        outcome="kept",
        reason="no_longer_valid",
        changes=tuple(change for change in row.changes if change.field == REPORTS_TO),
    )
