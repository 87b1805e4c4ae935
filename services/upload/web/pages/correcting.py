"""Correcting on Review: forms that change the draft, and lead back to where they stood."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, checked_form
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import ALL, CellCorrection, Replacement, Wanted
from shared.http.problems import Problem
from shared.people.text import clean

router = APIRouter()

PLACES = ("kind", "column", "value", "blank", "q", "page")
"""What the address of Review says: each form carries it, and leads back there."""
IN = "in_"
"""Before these names in a form, so that they never meet its own."""
KEY_FIELD = "key"
"""Of the form that applies: sent twice it is one batch."""


@router.post(f"{PATH}/{{batch_id}}/correct")
async def correct(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """One change of the draft."""
    fields = await checked_form(request, deps, visitor)
    note = None
    try:
        if "forget" in fields:
            await deps.uploads.forget_corrections(request, visitor.who, batch_id)
        elif wanted := _wanted(fields):
            await deps.uploads.correct(request, visitor.who, batch_id, wanted)
    except Problem as refused:
        note = _note(refused)
    return RedirectResponse(_back(batch_id, fields, note), 303)


@router.post(f"{PATH}/{{batch_id}}/apply")
async def apply(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Checks the corrected file; with `leave_out_errors` without the rows that are still wrong."""
    fields = await checked_form(request, deps, visitor)
    review = _number(fields.get("review"))
    try:
        if "leave_out_errors" in fields:
            wanted = Wanted(seen=review, leave_out_errors=True)
            await deps.uploads.correct(request, visitor.who, batch_id, wanted)
        key = fields.get(KEY_FIELD) or None
        batch = await deps.uploads.apply_corrections(request, visitor.who, batch_id, review, key)
    except Problem as refused:
        return RedirectResponse(_back(batch_id, fields, _note(refused)), 303)
    return RedirectResponse(stage(batch), 303)


@router.get(f"{PATH}/{{batch_id}}/left-out.xlsx")
async def left_out(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The rows that corrections left out."""
    return await deps.uploads.left_out(visitor.who, batch_id)


def _wanted(fields: Mapping[str, str]) -> Wanted | None:
    """What the pressed button, or the field in which Enter was pressed, asks for. None for nothing."""
    review, row, column = _number(fields.get("review")), _number(fields.get("row")), fields.get("name", "")
    if "accept" in fields:
        return Wanted(seen=review, accept=ALL)
    if (leave := _number(fields.get("leave_out"))) is not None:
        return Wanted(seen=review, leave_out_also=frozenset({leave}))
    if (take := _number(fields.get("take_in"))) is not None:
        return Wanted(seen=review, take_back=frozenset({take}))
    new = None if "back" in fields else clean(fields.get("take", fields.get("new", "")))
    if not column:
        return None
    if row is not None:
        return Wanted(seen=review, cells=(CellCorrection(row, column, new),))
    return Wanted(seen=review, replacements=(Replacement(column, fields.get("old") or None, new or None),))


def _back(batch_id: UUID, fields: Mapping[str, str], note: str | None) -> str:
    places = {name: fields.get(IN + name) or None for name in PLACES}
    return address(f"{PATH}/{batch_id}/review", {**places, "note": note})


def _note(refused: Problem) -> str:
    """The word by which Review says why nothing was done."""
    if refused.status not in (409, 422, 429):
        raise refused
    return refused.code


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
