"""What undoing a batch comes to as of now: read from the log and from what users are, a portion at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.form_validation import rules_of
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.domain.confirmation.events import BatchApplied
from services.licensing.domain.stored_events import Event, confirmation_stream, user_stream
from services.licensing.domain.undo.outcomes import (
    Effect,
    Possible,
    Since,
    UndoneRow,
    changed_since,
    field_key,
    last_changes,
    new_managers,
    undone,
    without_circles,
)
from services.licensing.domain.user.events import Change, MethodologyGranted, UserChanged, UserEvent, UserInvited
from services.licensing.domain.user.state import Manager, Member
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Recorded
from shared.people.columns import STANDARD
from shared.people.fields import check
from shared.people.model import CUSTOM
from shared.people.profile import REPORTS_TO
from shared.people.rules import Rules

AT_A_STRETCH = 50
"""Users that are looked at before anybody else's turn: a millisecond or two."""
PORTION = 1_000
"""Users that are read together: memory stays flat."""


async def rows_of(tx: Transaction[Event], company_id: UUID, undoes: UUID) -> list[UndoneRow]:
    """What undoing that batch comes to, in the order in which it was done."""
    company = (await stream_snapshots.provisioned(tx.conn, company_id)).state
    rules, rows = rules_of(company.settings), list[UndoneRow]()
    async for done in _effects(tx, undoes):
        users = await stream_snapshots.users(tx.conn, company_id, [each.effect.user_id for each in done])
        since = await _since(tx, done, users)
        allowed = possible(rules, await stream_snapshots.live_managers(tx.conn, company_id, _named(done)))
        for n, each in enumerate(done):
            if n % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            snapshot, user_id = users.get(each.effect.user_id), each.effect.user_id
            now = snapshot.state if snapshot else None
            rows += undone(each.effect, now, since.get(user_id, {}), allowed)
    above = {manager for manager in new_managers(rows).values() if manager is not None}
    chains = await stream_snapshots.manager_chains(tx.conn, company_id, above) if above else {}
    return without_circles(rows, chains.get)


def possible(rules: Rules, managers: Mapping[UUID, Manager]) -> Possible:
    """What the company allows now. ``managers`` are those of the managers in question who are there still. That there
    was no value is always possible where there is the field."""
    keys = {field_key(field.column): field.key for field in rules.fields if field.key.startswith(CUSTOM)}

    # A batch gives many users the same few values.
    @lru_cache(maxsize=8192)
    def fits(key: str, text: str) -> bool:
        return check(rules.fields, {key: text}, None, "clears").values.get(key) == text

    def is_possible(change: Change) -> bool:
        if change.field == REPORTS_TO:
            return change.after_id is None or change.after_id in managers
        key = change.field if change.field in STANDARD else keys.get(field_key(change.field))
        if key is None or change.after is None:
            return key is not None
        return fits(key, change.after)

    return is_possible


@dataclass(frozen=True, slots=True)
class _Done:
    """What the batch did to a user, and the version of their stream then."""

    effect: Effect
    version: int


async def _effects(tx: Transaction[Event], undoes: UUID) -> AsyncIterator[list[_Done]]:
    """What the batch did to users, in its order, a portion at a time."""
    stream = confirmation_stream(undoes)
    history = await tx.load(stream)
    applied = next((each.version for each in history if isinstance(each.event, BatchApplied)), 0)
    start, carried = 0, list[_Done]()
    while page := await tx.load_commit(stream, applied, start, PORTION):
        start += len(page)
        done = _by_user([*carried, *(each for recorded in page if (each := _done(recorded, undoes)))])
        carried = done[-1:]  # what else it did to them may stand on the next page
        yield done[:-1]
    yield carried


def _by_user(done: Iterable[_Done]) -> list[_Done]:
    """All that was done to a user as one: these events follow one another."""
    found = list[_Done]()
    for each in done:
        last = found[-1] if found else None
        if last is None or last.effect.user_id != each.effect.user_id:
            found.append(each)
            continue
        before, after = last.effect, each.effect
        changes = None if before.changes is None else (*before.changes, *(after.changes or ()))
        found[-1] = _Done(Effect(after.after, changes, (*before.granted, *after.granted)), each.version)
    return found


def _done(recorded: Recorded[Event], undoes: UUID) -> _Done | None:
    match recorded.event:
        case UserInvited(after, batch_id) if batch_id == undoes:
            return _Done(Effect(after, None), recorded.version)
        case UserChanged(after, changes, _, batch_id) if batch_id == undoes:
            return _Done(Effect(after, changes), recorded.version)
        case MethodologyGranted(after, methodology_id, _, batch_id) if batch_id == undoes:
            return _Done(Effect(after, (), (methodology_id,)), recorded.version)
        case _:
            return None


async def _since(
    tx: Transaction[Event], done: Sequence[_Done], users: Mapping[UUID, Snapshot[Member]]
) -> dict[UUID, dict[str, Since]]:
    """Who changed what after the batch, of those users of whom something is otherwise by now."""
    moved = {
        each.effect.user_id: each.version
        for each in done
        if (user := users.get(each.effect.user_id)) and changed_since(each.effect, user.state)
    }
    if not moved:
        return {}
    streams = await tx.load_many([user_stream(user_id) for user_id in moved])
    return {
        user_id: last_changes(
            (each.event, each.context.at)
            for each in streams[user_stream(user_id)]
            if isinstance(each.event, UserEvent) and each.version > version
        )
        for user_id, version in moved.items()
    }


def _named(done: Iterable[_Done]) -> set[UUID]:
    """Whom users reported to before the batch."""
    return {c.before_id for each in done for c in each.effect.changes or () if c.before_id is not None}
