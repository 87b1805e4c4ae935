"""Review of a batch that needs a correction: what is wrong, where, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, checked_form
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import Batch, FileFinding, Row
from services.upload.web.row_pages import NumberedPage, RowPages, row_pages
from shared.http.problems import Problem

router = APIRouter()

WORLD = frozenset({"user_inactive", "reports_to_inactive"})
"""Errors that are put right outside the file: the same file can be checked again afterwards."""
_WARNED = 5
"""Rows with a warning that are shown at once; the rest is a link away."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter by kind of error; `kind` is None for all."""

    kind: str | None
    link: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The page. `rows` are the rows with errors, or with warnings where `kind` is "warning"."""

    batch: Batch
    sheet: str | None
    kind: str | None
    q: str
    chips: Sequence[Chip]
    rows: NumberedPage[Row] | None
    warned: Sequence[Row]
    new_users: NumberedPage[Row] | None
    can_check_again: bool

    @property
    def file_errors(self) -> Sequence[FileFinding]:
        """What is wrong with the file as a whole, licenses apart: they have a panel of their own."""
        return [error for error in self.batch.file_errors if error.code != "licenses_exceeded"]

    @property
    def licenses_error(self) -> FileFinding | None:
        """The sentence about licenses, where the file needs more than there are."""
        return next((error for error in self.batch.file_errors if error.code == "licenses_exceeded"), None)

    @property
    def short(self) -> int:
        """How many licenses are missing."""
        seats = self.batch.seats
        return max(0, seats.required - max(0, seats.available))

    def link(self, page: int) -> str:
        """The address of another page of the same rows."""
        return _address(self.batch, self.kind, self.q, page)


@router.get(f"{PATH}/{{batch_id}}/review")
async def review(
    request: Request, deps: Deps, visitor: Admin, batch_id: UUID, kind: str = "", q: str = "", page: int = 1
) -> Response:
    """The errors, as the address filters and pages them."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    if batch.status != "needs_correction":
        return RedirectResponse(stage(batch), 303)
    book = await row_pages(deps, visitor.who, batch_id)
    view = await _view(batch, book, kind or None, q.strip()[:200], page)
    return deps.renderer.page(request, "review.html", view, visitor.reader)


@router.post(f"{PATH}/{{batch_id}}/revalidate")
async def check_again(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Checks the same file anew."""
    await checked_form(request, deps, visitor)
    try:
        batch = await deps.uploads.revalidate(request, visitor.who, batch_id)
    except Problem as refused:
        if refused.status != 409:
            raise
        return RedirectResponse(f"{PATH}/{batch_id}", 303)
    return RedirectResponse(stage(batch), 303)


@router.post(f"{PATH}/{{batch_id}}/cancel")
async def cancel(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Gives the batch up; its page says so."""
    await checked_form(request, deps, visitor)
    note = "cancelled"
    try:
        await deps.uploads.cancel(request, visitor.who, batch_id)
    except Problem as refused:
        if refused.status != 409:
            raise
        note = "too_late"
    return RedirectResponse(f"/team?note={note}" if note == "cancelled" else f"{PATH}/{batch_id}?note={note}", 303)


async def _view(batch: Batch, book: RowPages | None, kind: str | None, q: str, page: int) -> ReviewView:
    over = any(error.code == "licenses_exceeded" for error in batch.file_errors)
    return ReviewView(
        batch=batch,
        sheet=book.sheet if book else None,
        kind=kind,
        q=q,
        chips=_chips(batch, book, kind, q) if book else (),
        rows=await book.errors(kind, q, page) if book and batch.counts.error else None,
        warned=(await book.labelled("warning", 1, _WARNED)).items if book else (),
        new_users=await book.labelled("invite", page) if book and over and not batch.counts.error else None,
        can_check_again=over or bool(book and book.has(WORLD)),
    )


def _chips(batch: Batch, book: RowPages, chosen: str | None, q: str) -> list[Chip]:
    counts: dict[str | None, int] = {None: batch.counts.error, **book.kinds}
    return [Chip(kind, _address(batch, kind, q, 1), count, kind == chosen) for kind, count in counts.items()]


def _address(batch: Batch, kind: str | None, q: str, page: int) -> str:
    return address(f"{PATH}/{batch.id}/review", {"kind": kind, "q": q, "page": str(page) if page > 1 else None})
