"""My Team as a file."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import StreamingResponse

from services.licensing.api.access import Reader, TeamReader
from services.licensing.api.filter_parameters import Filtered
from services.licensing.api.parts import Parts, PartsDep
from services.licensing.api.routes_listing import Sort
from services.licensing.application.export_team import sent, write
from services.licensing.formats.export.csv_file import CommaFile
from services.licensing.formats.export.xlsx_file import WorkbookFile
from services.licensing.read_models.team.export_columns import columns_of
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.sorting import order_of
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import file_response

MAX_EXPORTS = 2
"""Exports that one process writes at a time: each takes a connection and a core for some seconds."""

router = authenticate_first_router("/api/v1/team", "team")
Columns = Annotated[
    str,
    Query(
        max_length=20_000,
        description="By comma, of the columns of an upload (`first_name`, `methodologies`, `custom.<name>`, …), and "
        "`status`, "
        "`invitation`, `permissions`, `invited_at`, `activated_at`. Left out: all columns of an upload. Email always "
        "is among them.",
    ),
]


@router.get(
    "/export.xlsx", response_class=StreamingResponse, responses=file_response(WorkbookFile.media_type, "The workbook")
)
async def as_workbook(
    request: Request, reader: TeamReader, team_filter: Filtered, parts: PartsDep, sort: Sort = "", columns: Columns = ""
) -> StreamingResponse:
    """The list as filtered and sorted, as a workbook. It can be uploaded again: unchanged, it changes nothing. Inactive
    users are in it as on the screen. A manager without ``manage_users`` gets those whom they see in My Team."""
    return await _export(request, parts, reader, team_filter, sort, columns, WorkbookFile, "xlsx")


@router.get("/export.csv", response_class=StreamingResponse, responses=file_response("text/csv", "The table"))
async def as_csv(
    request: Request, reader: TeamReader, team_filter: Filtered, parts: PartsDep, sort: Sort = "", columns: Columns = ""
) -> StreamingResponse:
    """The same as csv. A value that a spreadsheet would take for a formula begins with a zero width space."""
    return await _export(request, parts, reader, team_filter, sort, columns, CommaFile, "csv")


async def _export(
    request: Request,
    parts: Parts,
    reader: Reader,
    team_filter: TeamFilter,
    sort: str,
    columns: str,
    form: type[WorkbookFile | CommaFile],
    ending: str,
) -> StreamingResponse:
    custom = reader.custom_fields
    order, chosen = order_of(sort, custom), columns_of(columns, custom, reader.methodologies)
    turns: asyncio.Semaphore = request.app.state.exports
    async with turns:
        file = await write(parts.pool, reader.company_id, team_filter, order, chosen, form)
    name = f"my-team-{datetime.now(UTC):%Y-%m-%d}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(file.seek(0, 2)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(sent(file), media_type=form.media_type, headers=headers)
