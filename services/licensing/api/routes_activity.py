"""What happened in the company, for its admins: who did what to whom when, and from where."""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from services.licensing.api.access import PlusAdmin, id_of
from services.licensing.api.parts import Parts, PartsDep
from services.licensing.application import stream_snapshots
from services.licensing.application.export_team import sent
from services.licensing.formats.export.csv_file import CommaFile
from services.licensing.messages import NO_LINE, TIME_UNKNOWN, WHAT_UNKNOWN
from services.licensing.read_models.activity import query
from services.licensing.read_models.activity.lines import EVERY_WHAT
from services.licensing.read_models.activity.query import ActivityFilter
from services.licensing.read_models.activity.view import Happening, InLine
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import file_response
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from shared.http.problems import ProblemType

WAIT = 2.0
"""Seconds that a list waits at most for what was done right before."""

router = authenticate_first_router("/api/v1", "activity", 404)
Text = Annotated[str, Query(max_length=2_000)]
Word = Annotated[str, Query(max_length=320)]


class ActivityPage(Page[Happening]):
    """What happened, newest first."""


class LinePage(Page[InLine]):
    """The users of one line."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """The parameters of a list, as they came."""

    who: str
    filter: ActivityFilter


def asked(
    who: Annotated[str, Query(max_length=320, description="Who did it: an e-mail address, or a user's id")] = "",
    what: Annotated[str, Query(max_length=2_000, description=f"By comma, of {', '.join(EVERY_WHAT)}")] = "",
    user_id: Annotated[UUID | None, Query(description="To whom")] = None,
    batch_id: Annotated[UUID | None, Query(description="By which batch")] = None,
    start: Annotated[str, Query(alias="from", max_length=40, description="A day (UTC) or a time: not earlier")] = "",
    end: Annotated[str, Query(alias="to", max_length=40, description="A day, which is meant too, or a time")] = "",
) -> _Asked:
    """Dependency: which lines are asked for."""
    words = [word.strip() for word in what.split(",") if word.strip()]
    for word in words:
        if word not in EVERY_WHAT:
            raise WHAT_UNKNOWN(name=word[:40], known=f"Use {', '.join(EVERY_WHAT)}.")
    moments = _moment(start), _moment(end, last=True)
    return _Asked(who.strip(), ActivityFilter(None, words, user_id, batch_id, *moments))


Asked = Annotated[_Asked, Depends(asked)]


@router.get("/activity")
async def activity(
    who: PlusAdmin, wanted: Asked, parts: PartsDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ActivityPage:
    """What happened, newest first. A line is what one command did of one kind: a batch's 10,000 invitations are one,
    whose users stand under ``/activity/{id}/users``. With ``user_id``, what happened to that user. What was refused to
    an admin is in it (``what=refused``)."""
    company = UUID(who.company)
    await parts.activity.wait(WAIT)
    async with parts.reading() as conn:
        found = await query.page(conn, company, await _resolved(parts, company, wanted), limit, cursor)
    return ActivityPage(items=list(found.items), next_cursor=found.next_cursor)


@router.get("/activity/{line_id}/users")
async def users_of_line(
    who: PlusAdmin, line_id: str, parts: PartsDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> LinePage:
    """The users of a line, in the order in which it was done."""
    async with parts.reading() as conn:
        found = await query.users_of_line(conn, UUID(who.company), id_of(line_id, NO_LINE), limit, cursor)
    if found is None:
        raise NO_LINE()
    return LinePage(items=list(found[0]), next_cursor=found[1])


@router.get("/activity.csv", response_class=StreamingResponse, responses=file_response("text/csv", "The table"))
async def as_csv(request: Request, who: PlusAdmin, wanted: Asked, parts: PartsDep) -> StreamingResponse:
    """All of it as a file, filtered alike. A value that a spreadsheet would take for a formula begins with a zero width
    space."""
    company = UUID(who.company)
    await parts.activity.wait(WAIT)
    turns: asyncio.Semaphore = request.app.state.exports
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who sends it
    try:
        written = CommaFile(file, _HEAD)
        resolved = await _resolved(parts, company, wanted)
        async with turns, parts.reading() as conn:
            settings = (await stream_snapshots.provisioned(conn, company)).state.settings
            names = {each.id: each.name for each in settings.methodologies}
            async for portion in query.everything(conn, company, resolved):
                await asyncio.to_thread(written.add, [_row(each, names) for each in portion])
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="activity-{datetime.now(UTC):%Y-%m-%d}.csv"',
        "Content-Length": str(file.seek(0, 2)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(sent(file), media_type=CommaFile.media_type, headers=headers)


async def _resolved(parts: Parts, company: UUID, wanted: _Asked) -> ActivityFilter:
    if not wanted.who:
        return wanted.filter
    async with parts.reading() as conn:
        return query.done_by(wanted.filter, await query.who_of(conn, company, wanted.who))


_HEAD = (
    "Time", "Who", "Who (E-mail)", "What", "User", "User (E-mail)", "Users", "Changes", "Refused", "File", "Batch",
    "From",
)  # fmt: skip


def _row(item: Happening, methodologies: Mapping[str, str]) -> Sequence[str]:
    user, refused = item.user, item.refused
    return (
        f"{item.at:%Y-%m-%d %H:%M:%S} UTC",
        item.by.name if item.by else "",
        item.by.email if item.by else "",
        item.what,
        (user.name if user else None) or "",
        (user.email if user else None) or "",
        str(item.count),
        "; ".join(_changes(item, methodologies)),
        f"{refused.action}: {refused.code}" if refused else "",
        item.file_name or "",
        str(item.batch_id or ""),
        item.origin or "",
    )


def _changes(item: Happening, methodologies: Mapping[str, str]) -> Iterator[str]:
    """What it was, in words that are names."""
    for each in item.changes:
        yield f"{each.field}: {each.from_ or ''} → {each.to or ''}"
    yield from (f"+ {each}" for each in item.granted)
    yield from (f"- {each}" for each in item.withdrawn)
    if item.methodology:
        yield methodologies.get(item.methodology, item.methodology)
    if item.wanted:
        yield from [f"licenses: {item.wanted.licenses}"] if item.wanted.licenses else ()
        yield from (f"{item.wanted.names.get(one, one)}: {n}" for one, n in item.wanted.methodologies.items())
        yield from [item.wanted.answer] if item.wanted.answer else ()


def _moment(text: str, *, last: bool = False) -> datetime | None:
    """The moment that a day begins, or of the last one ends; or a time. Raises Problem 422."""
    unknown: ProblemType = TIME_UNKNOWN
    if not (text := text.strip()):
        return None
    try:
        if len(text) > len("2026-11-30"):
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise unknown(name=text)
            return at.astimezone(UTC)
        return datetime.combine(date.fromisoformat(text) + timedelta(days=last), time(), UTC)
    except (ValueError, OverflowError):
        raise unknown(name=text) from None
