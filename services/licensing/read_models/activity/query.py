"""Reads what happened, newest first: lines from their tables, what they say from the log."""

import json
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.stored_events import TYPES, Event, user_stream
from services.licensing.read_models.activity.lines import REFUSED, what_of, who_is
from services.licensing.read_models.activity.lines import lines as lines_of
from services.licensing.read_models.activity.view import Happening, InLine, Refusal, Whom, changes, happening, whom
from services.licensing.read_models.team.fields import Parameters
from services.licensing.read_models.team.history import Person
from shared.eventsourcing.event_store import COLUMNS, recorded
from shared.eventsourcing.events import Recorded
from shared.http.pagination import decode_cursor, encode_cursor, page_of, unknown_cursor
from shared.postgres.database import Connection

_MOST = 1_000
"""Lines that are read together."""
Place = tuple[datetime, UUID]
"""Where a list goes on: behind the line of that time and id."""


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """All that is set must be so of a line. ``who`` did it, ``what`` is one of these words, ``start`` is the first
    moment, ``end`` the first that is no longer meant."""

    who: UUID | None = None
    what: Sequence[str] = ()
    user_id: UUID | None = None
    batch_id: UUID | None = None
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, line: Mapping[str, Any]) -> bool:
        """Whether it is so of a line of the user's own stream."""
        return (
            self.who in (None, line["who"])
            and (not self.what or line["what"] in self.what)
            and self.batch_id in (None, line["batch_id"])
            and (self.start is None or line["at"] >= self.start)
            and (self.end is None or line["at"] < self.end)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A page."""

    items: Sequence[Happening]
    next_cursor: str | None


def done_by(wanted: ActivityFilter, who: UUID) -> ActivityFilter:
    """The same, of what they did."""
    return replace(wanted, who=who)


async def who_of(conn: Connection, company_id: UUID, text: str) -> UUID:
    """By which somebody is found who is named by an address, or as a user by their id."""
    try:
        user_id = UUID(text)
    except ValueError:
        return who_is(company_id, text)
    email: str | None = await conn.fetchval(
        "SELECT email FROM users WHERE company_id = $1 AND user_id = $2", company_id, user_id
    )
    return who_is(company_id, email) if email else user_id


async def page(conn: Connection, company_id: UUID, wanted: ActivityFilter, limit: int, cursor: str | None) -> Found:
    """A page of what happened, behind the cursor. Problem 422 for one that no page has answered."""
    found = await _lines(conn, company_id, wanted, limit + 1, _place(cursor))
    items, following = page_of(found, limit, lambda line: (line["at"].isoformat(), str(line["id"])))
    return Found(await _told(conn, company_id, items), following)


async def everything(conn: Connection, company_id: UUID, wanted: ActivityFilter) -> AsyncGenerator[Sequence[Happening]]:
    """All of it, a portion at a time. What happens meanwhile is not in it."""
    behind: Place | None = None
    while found := await _lines(conn, company_id, wanted, _MOST, behind):
        yield await _told(conn, company_id, found)
        behind = found[-1]["at"], found[-1]["id"]


async def users_of_line(
    conn: Connection, company_id: UUID, line_id: UUID, limit: int, cursor: str | None
) -> tuple[Sequence[InLine], str | None] | None:
    """The users of a line, in the order in which it was done; None where there is no such line."""
    line = await conn.fetchrow(_ONE, company_id, line_id)
    if line is None:
        return None
    position = decode_cursor(cursor, int)
    start = position[0] if position else 0
    rows = await conn.fetch(_OF_COMMIT, line["stream"], line["version"], start)
    users: list[InLine] = []
    for row in rows:
        *stored, index = row
        event: Recorded[Event] = recorded((*stored, None), TYPES)  # pyright: ignore[reportArgumentType]  # a row has no types
        user = whom(event.event) if what_of(event.event) == line["what"] else None
        if user is None:
            continue
        if len(users) == limit:
            return users, encode_cursor(index)
        users.append(InLine(user=user, changes=changes(event)))
    return users, encode_cursor(rows[-1]["index"] + 1) if len(rows) == _MOST else None


def _place(cursor: str | None) -> Place | None:
    position = decode_cursor(cursor, str, str)
    if position is None:
        return None
    try:
        at, line_id = datetime.fromisoformat(position[0]), UUID(position[1])
    except ValueError:
        raise unknown_cursor() from None
    if at.tzinfo is None:
        raise unknown_cursor()
    return at, line_id


async def _lines(
    conn: Connection, company_id: UUID, wanted: ActivityFilter, limit: int, behind: Place | None
) -> Sequence[Mapping[str, Any]]:
    if wanted.user_id is not None:
        return await _lines_of_user(conn, company_id, wanted, wanted.user_id, limit, behind)
    parameters = Parameters()
    # One by one of what is wanted: an index has the lines of each in their order, and of several together none has.
    selections = [
        f"(SELECT {columns} FROM {table} WHERE {condition} ORDER BY at DESC, id DESC LIMIT {limit})"
        for what in [(each,) for each in dict.fromkeys(wanted.what)] or [()]
        for condition in [_where(company_id, replace(wanted, what=what), behind, parameters)]
        for table, columns in (("activity", _OWN), ("batch_activity", _HEARD))
    ]
    rows = await conn.fetch(
        f"SELECT * FROM ({' UNION ALL '.join(selections)}) l ORDER BY at DESC, id DESC LIMIT {limit}",
        *parameters.values,
    )
    return [dict(row) for row in rows]


async def _lines_of_user(
    conn: Connection, company_id: UUID, wanted: ActivityFilter, user_id: UUID, limit: int, behind: Place | None
) -> Sequence[Mapping[str, Any]]:
    """What happened to one user stands in their stream; what was refused about them, in the lines."""
    rows = await conn.fetch(_STREAM, user_stream(user_id), company_id)
    own = [_line_of(recorded(row, TYPES)) for row in rows]
    parameters = Parameters()
    condition = _where(company_id, replace(wanted, what=(REFUSED,)), behind, parameters)
    user = parameters.add(user_id)
    if not wanted.what or REFUSED in wanted.what:
        sql = f"SELECT {_OWN} FROM activity WHERE {condition} AND user_id = {user} AND what = 'refused'"
        refused = await conn.fetch(f"{sql} ORDER BY at DESC, id DESC LIMIT {limit}", *parameters.values)
    else:
        refused = []
    all_of_it = [line for line in own if line and wanted.holds(line)] + [dict(row) for row in refused]
    ahead = [line for line in all_of_it if behind is None or (line["at"], line["id"]) < behind]
    return sorted(ahead, key=lambda line: (line["at"], line["id"]), reverse=True)[:limit]


def _line_of(event: Recorded[Event]) -> Mapping[str, Any] | None:
    found = lines_of([event])
    if not found:
        return None
    (line,) = found
    return {name: getattr(line, name) for name in _SHARED} | {"id": event.id, "event": event, "said": None}


def _where(company_id: UUID, wanted: ActivityFilter, behind: Place | None, parameters: Parameters) -> str:
    add = parameters.add
    conditions = [f"company_id = {add(company_id)}"]
    if wanted.who is not None:
        conditions.append(f"who = {add(wanted.who)}")
    conditions += [f"what = {add(what)}" for what in wanted.what]
    if wanted.batch_id is not None:
        conditions.append(f"batch_id = {add(wanted.batch_id)}")
    if wanted.start is not None:
        conditions.append(f"at >= {add(wanted.start)}")
    if wanted.end is not None:
        conditions.append(f"at < {add(wanted.end)}")
    if behind is not None:
        conditions.append(f"(at, id) < ({add(behind[0])}, {add(behind[1])})")
    return " AND ".join(conditions)


async def _told(conn: Connection, company_id: UUID, found: Sequence[Mapping[str, Any]]) -> list[Happening]:
    """The lines with what stands in the log, and the names of the batches' files."""
    events = await _events(conn, [line for line in found if line["said"] is None and "event" not in line])
    meant = {each.event.user_id for each in events.values() if isinstance(each.event, AttemptRefused)}
    users = await _users(conn, company_id, {user_id for user_id in meant if user_id})
    files = await file_names(conn, company_id, {line["batch_id"] for line in found if line["batch_id"]})
    items: list[Happening] = []
    for line in found:
        if line["said"] is None:
            event = line["event"] if "event" in line else events[line["stream"], line["version"]]
            item = happening(line, event, users.get(getattr(event.event, "user_id", None)))
        else:
            item = _heard(line)
        item.file_name = files.get(item.batch_id) if item.batch_id else None
        items.append(item)
    return items


def _heard(line: Mapping[str, Any]) -> Happening:
    said = json.loads(line["said"])
    return Happening(
        id=line["id"],
        at=line["at"],
        what=line["what"],
        origin=line["origin"],
        batch_id=line["batch_id"],
        by=Person(**said["by"]) if "by" in said else None,
        refused=Refusal(**{name: said[name] for name in Refusal.model_fields}) if line["what"] == REFUSED else None,
    )


async def _events(conn: Connection, found: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, int], Recorded[Event]]:
    rows = await conn.fetch(_FIRST, [line["stream"] for line in found], [line["version"] for line in found])
    return {(row["stream"], row["version"]): recorded(row, TYPES) for row in rows}


async def _users(conn: Connection, company_id: UUID, user_ids: set[UUID]) -> Mapping[UUID | None, Whom]:
    rows = await conn.fetch(_NAMES, company_id, list(user_ids)) if user_ids else []
    known = {row["user_id"]: Whom(**dict(row)) for row in rows}
    return {user_id: known.get(user_id) or Whom(user_id=user_id) for user_id in user_ids}


async def file_names(conn: Connection, company_id: UUID, batch_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """What the files of batches are called; of an undo, the file that it undoes."""
    rows = await conn.fetch(_FILES, company_id, list(batch_ids)) if batch_ids else []
    return {row["batch_id"]: row["file_name"] for row in rows if row["file_name"]}


_SHARED = ("at", "what", "who", "batch_id", "origin", "count", "stream", "version")
_OWN = f"id, {', '.join(_SHARED)}, NULL::jsonb AS said"
_HEARD = "id, at, what, who, batch_id, origin, 1 AS count, '' AS stream, 0 AS version, said"
_ONE = "SELECT what, stream, version FROM activity WHERE company_id = $1 AND id = $2"
_STREAM = f"""
SELECT {COLUMNS}, NULL::bigint AS position FROM events e WHERE stream = $1 AND company_id = $2 ORDER BY version
"""
_FIRST = f"""
SELECT {COLUMNS}, NULL::bigint AS position
FROM unnest($1::text[], $2::int[]) AS k (stream, version) JOIN events e USING (stream, version)
"""
_OF_COMMIT = f"""
SELECT {COLUMNS}, e.index FROM events f JOIN events e ON e.commit_id = f.commit_id
WHERE f.stream = $1 AND f.version = $2 AND e.index >= greatest(f.index, $3)
ORDER BY e.index LIMIT {_MOST}
"""
_NAMES = """
SELECT user_id, email, nullif(trim(first_name || ' ' || last_name), '') AS name FROM users
WHERE company_id = $1 AND user_id = ANY ($2::uuid[])
"""
_FILES = """
SELECT b.batch_id, coalesce(b.said ->> 'file_name', u.said ->> 'file_name') AS file_name
FROM batch_activity b LEFT JOIN batch_activity u
    ON u.company_id = b.company_id AND u.batch_id = (b.said ->> 'undoes')::uuid AND u.what = 'batch_uploaded'
WHERE b.company_id = $1 AND b.batch_id = ANY ($2::uuid[]) AND b.what IN ('batch_uploaded', 'undo_requested')
"""
