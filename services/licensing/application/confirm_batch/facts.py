"""What is so in the company, as far as a batch's rows presume it: a few bulk statements, however many rows."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from services.licensing.application import stream_snapshots
from services.licensing.application.confirm_batch.rows import (
    Line,
    Rows,
    made_changes,
    new_values_of,
    profile_of,
    shown_changes,
    values_of,
)
from services.licensing.application.form_validation import email_key, rules_of
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.confirmation.presumptions import closes_circle, managers_hold
from services.licensing.domain.user.profile import changes_between
from services.licensing.domain.user.state import Manager, Member
from services.licensing.read_models.team import addresses
from services.licensing.read_models.team.addresses import Address
from shared.people import presumed
from shared.people.identity import invited_id
from shared.people.profile import METHODOLOGIES
from shared.people.statuses import CAN_BE_CHANGED

AT_A_STRETCH = 50
"""Rows that are looked at before anybody else's turn: a millisecond or two."""
RECHECKED = 2_000
"""Users whose version has moved on are looked at in portions of so many, so that memory stays flat."""


@dataclass(slots=True)
class Facts:
    """Everything that applying the batch needs. ``new`` are the new users by address, with the ids they would get;
    ``seats`` how many more of which methodology it takes."""

    stale: bool = False
    held: Mapping[str, Address] = field(default_factory=dict[str, Address])
    managers: dict[UUID, Manager] = field(default_factory=dict[UUID, Manager])
    new: dict[str, Manager] = field(default_factory=dict[str, Manager])
    seats: Mapping[str, int] = field(default_factory=dict[str, int])

    def manager(self, line: Line) -> Manager | None:
        """Whom the row's Reports To means: a user, or a new one of the file."""
        if line.manager_id is not None:
            return self.managers.get(line.manager_id)
        return None if line.manager_key is None else self.new.get(line.manager_key)


async def gather(uow: UnitOfWork, rows: Rows, batch_id: UUID) -> Facts:
    """Takes the addresses of the new users and looks at all that the rows presume. The company is ours alone."""
    facts = Facts(stale=not rows.sound)
    facts.new = {line.key: Manager(invited_id(batch_id, line.key), line.email) for line in rows.invites}
    facts.held = await addresses.lock(uow.conn, facts.new)
    facts.managers = await _managers(uow, rows)
    facts.stale = (
        facts.stale
        or any(address.user_id is not None for address in facts.held.values())
        or await _known_already(uow, rows)
        or not managers_hold((line.manager_id for line in rows.all if line.manager_id is not None), facts.managers)
        or any(line.manager_key and facts.manager(line) is None for line in rows.all)
        or not await _settings_hold(uow, rows)
        or not await _methodologies_hold(uow, rows)
        or await _meaning_changed(uow, rows, facts)
        or await _circle(uow, rows, facts)
    )
    if not facts.stale:
        facts.seats = await _seats(uow, rows)
    return facts


async def _settings_hold(uow: UnitOfWork, rows: Rows) -> bool:
    """Whether the company's settings still allow what would come in anew. Nobody changes them before this is done."""
    rules = rules_of(await uow.settings())
    if rows.settings == presumed.digest(rules.company):
        return True
    for n, line in enumerate((*rows.invites, *rows.changes)):
        if n % AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        row = line.row
        if line.outcome == "invite":
            held = presumed.new_user_holds(rules, line.email, values_of(row))
        else:
            held = presumed.changes_hold(rules, new_values_of(row).items())
        if not held:
            return False
    return True


async def _methodologies_hold(uow: UnitOfWork, rows: Rows) -> bool:
    """Whether the company still has those that rows name."""
    named = {each for line in rows.all for each in line.methodologies}
    return not named or named <= (await uow.settings()).purchased_seats.keys()


async def _seats(uow: UnitOfWork, rows: Rows) -> Mapping[str, int]:
    """How many more seats of which methodology the rows take: of each that a new user is to have, and of each that who
    is there is to have and has not."""
    needed = Counter(each for line in rows.invites for each in line.methodologies)
    lines = {line.user_id: line for line in rows.changes if line.methodologies}
    for row in await uow.conn.fetch(_METHODOLOGIES, uow.company_id, list(lines)) if lines else ():
        held = orjson.loads(row["methodologies"])
        needed.update(each for each in lines[row["user_id"]].methodologies if each not in held)
    return needed


async def _known_already(uow: UnitOfWork, rows: Rows) -> bool:
    """Whether somebody who was to be invited is in the list by now, an Inactive user among them."""
    keys = [line.key for line in rows.invites]
    return bool(keys) and await uow.conn.fetchval(_KNOWN, uow.company_id, keys)


async def _managers(uow: UnitOfWork, rows: Rows) -> dict[UUID, Manager]:
    ids = {line.manager_id for line in rows.all if line.manager_id is not None}
    return await stream_snapshots.live_managers(uow.conn, uow.company_id, ids) if ids else {}


async def _meaning_changed(uow: UnitOfWork, rows: Rows, facts: Facts) -> bool:
    lines = {line.user_id: line for line in (*rows.changes, *rows.unchanged) if line.user_id is not None}
    if len(lines) < len(rows.changes) + len(rows.unchanged):
        return True
    found = await uow.conn.fetch(_VERSIONS, uow.company_id, list(lines))
    # Who is Inactive can't be changed; a row that changes nothing of them means the same.
    present = {r["user_id"]: r["version"] for r in found if r["open"] or lines[r["user_id"]].outcome == "unchanged"}
    if len(present) < len(lines):
        return True
    words = rules_of(await uow.settings()).methodologies.written
    moved = [user_id for user_id, line in lines.items() if present[user_id] != line.version]
    for start in range(0, len(moved), RECHECKED):
        portion = await stream_snapshots.users(uow.conn, uow.company_id, moved[start : start + RECHECKED])
        for user_id, snapshot in portion.items():
            line, before = lines[user_id], snapshot.state.profile
            # A version may move on without the row meaning anything else: the person has accepted their invitation.
            row = line.row
            now = made_changes(changes_between(before, profile_of(before, row, facts.manager(line))))
            now |= _granted(snapshot.state, line, words)
            if now != shown_changes(row) or email_key(snapshot.state) != line.key:
                return True
    return False


def _granted(
    user: Member, line: Line, words: Callable[[Collection[str]], str]
) -> set[tuple[str, str | None, str | None]]:
    """What a row would give them now, as the review shows it."""
    held, named = user.access.methodologies.keys(), set(line.methodologies)
    return {(METHODOLOGIES, words(held) or None, words(held | named))} if named - held else set()


async def _circle(uow: UnitOfWork, rows: Rows, facts: Facts) -> bool:
    new: dict[UUID, UUID | None] = {}
    for line in (*rows.invites, *rows.changes):
        manager = facts.manager(line) if line.sets_manager else None
        if manager is not None:
            new[line.user_id or facts.new[line.key].user_id] = manager.user_id
    if not new:
        return False
    above = {manager_id for manager_id in new.values() if manager_id is not None}
    present = await stream_snapshots.manager_chains(uow.conn, uow.company_id, above)
    return closes_circle(new, present)


_KNOWN = "SELECT EXISTS (SELECT FROM users WHERE company_id = $1 AND email_key = ANY ($2))"
_METHODOLOGIES = "SELECT user_id, methodologies FROM users WHERE company_id = $1 AND user_id = ANY ($2)"
_VERSIONS = f"""
SELECT user_id, version, {CAN_BE_CHANGED} AS open FROM users WHERE company_id = $1 AND user_id = ANY ($2)
"""
