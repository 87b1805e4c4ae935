"""Review of a batch that needs a correction: what is wrong, where, and what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.ask_link import ask_link
from services.upload.web.authentication import Admin, Deps, checked_form
from services.upload.web.corrected_rows import REPEATED, CorrectedRows, RepeatedValue, WrongRow
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.batches import OF_COLUMNS, PATH, stage
from services.upload.web.ports import (
    Batch,
    CorrectedReview,
    Draft,
    FileFinding,
    Group,
    MethodologySeats,
    ReviewedSheet,
    Row,
)
from services.upload.web.row_pages import NumberedPage, RowPages, row_pages
from shared.http.problems import Problem
from shared.people.columns import STANDARD
from shared.people.profile import EMAIL

router = APIRouter()

TOO_FEW = frozenset({"licenses_exceeded", "methodology_seats_exceeded"})
"""Errors of the whole file: it needs more than the company has left."""
WORLD = frozenset({"user_inactive", "reports_to_inactive"})
"""Errors that are put right outside the file: the same file can be checked again afterwards."""
_WARNED = 5
"""Rows with a warning that are shown at once; the rest is a link away."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter by kind of error, or by column; `kind` is None for all."""

    kind: str | None
    link: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The page. `rows` are the rows with errors, with what the draft makes of them; `repeated` the values that are
    wrong in several rows. `before`: the batch that this one replaced. `place` is the address that forms lead back
    to."""

    batch: Batch
    sheet: str | None
    place: Mapping[str, str]
    note: str | None
    chips: Sequence[Chip]
    columns: Sequence[Chip]
    rows: NumberedPage[WrongRow] | None
    lists: Mapping[str, Sequence[str]]
    repeated: Sequence[RepeatedValue]
    more_values: bool
    suggested: int
    draft: Draft
    correctable: bool
    warned: Sequence[Row]
    new_users: NumberedPage[Row] | None
    can_check_again: bool
    before: Batch | None
    key: str

    @property
    def kind(self) -> str | None:
        """The kind of errors that is shown, None for all."""
        return self.place.get("kind")

    @property
    def q(self) -> str:
        """The word that is looked for."""
        return self.place.get("q", "")

    @property
    def good(self) -> int:
        """The rows that are left without those that are wrong: what the draft corrects is good, what it leaves out
        is not there."""
        if self.draft.still_wrong is None:
            return self.batch.counts.rows - self.batch.counts.error
        return self.batch.counts.rows - len(self.draft.left_out) - self.draft.still_wrong

    def value_link(self, group: Group) -> str:
        """The address of the rows with a value."""
        which = {"value": group.value} if group.value else {"blank": "1"}
        return _address(self.batch, {"column": group.column or "", **which})

    @property
    def file_errors(self) -> Sequence[FileFinding]:
        """What is wrong with the file as a whole, licenses and seats apart: they have a panel of their own."""
        return [error for error in self.batch.file_errors if error.code not in TOO_FEW]

    @property
    def seats_errors(self) -> Sequence[FileFinding]:
        """The sentences about seats of methodologies, where the file needs more than there are."""
        return [error for error in self.batch.file_errors if error.code == "methodology_seats_exceeded"]

    @property
    def pools(self) -> Sequence[MethodologySeats]:
        """The methodologies of which the file needs seats."""
        return [each for each in self.batch.seats.methodologies if each.required]

    @property
    def asks_for_columns(self) -> bool:
        """Whether the file is wrong in what its columns are."""
        return any(error.code in OF_COLUMNS for error in self.batch.file_errors)

    @property
    def licenses_error(self) -> FileFinding | None:
        """The sentence about licenses, where the file needs more than there are."""
        return next((error for error in self.batch.file_errors if error.code == "licenses_exceeded"), None)

    @property
    def short(self) -> int:
        """How many licenses are missing."""
        seats = self.batch.seats
        return max(0, seats.required - max(0, seats.available))

    @property
    def ask(self) -> str | None:
        """Where more is asked for, where the file needs more than there is."""
        pools = {each.id: each.required - max(0, each.available) for each in self.pools}
        missing = {one: count for one, count in pools.items() if count > 0}
        return ask_link(self.short, missing, self.batch.id) if self.short or missing else None

    def link(self, page: int) -> str:
        """The address of another page of the same rows."""
        return _address(self.batch, {**self.place, "page": str(page) if page > 1 else ""})


@router.get(f"{PATH}/{{batch_id}}/review")
async def review(
    request: Request,
    deps: Deps,
    visitor: Admin,
    batch_id: UUID,
    kind: str = "",
    column: str = "",
    value: str = "",
    blank: str = "",
    q: str = "",
    page: int = 1,
    note: str = "",
) -> Response:
    """The errors, as the address filters and pages them, each with the field in which it is corrected."""
    correcting = await deps.uploads.correcting(visitor.who, batch_id)
    batch = correcting.batch
    if batch.status != "needs_correction":
        return RedirectResponse(stage(batch), 303)
    sheet = correcting.sheet
    book = RowPages(sheet.book) if sheet else await row_pages(deps, visitor.who, batch_id)
    known = {"kind": kind, "column": column, "value": value, "blank": blank, "q": q.strip()[:200]}
    place = {name: said for name, said in known.items() if said}
    shown = await _rows(correcting, book, place, page)
    before = await deps.uploads.batch(visitor.who, batch.replaces) if batch.replaces else None
    view = await _view(correcting, book, place, shown, page, deps.renderer.note(note), before)
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


async def _rows(
    correcting: CorrectedReview, book: RowPages | None, place: Mapping[str, str], page: int
) -> NumberedPage[Row] | None:
    if book is None or not correcting.batch.counts.error:
        return None
    among, sheet, column = None, correcting.sheet, place.get("column")
    if sheet and column and ("value" in place or "blank" in place):
        among = sheet.numbers.places(await sheet.problems.group(column, place.get("value")))
    return await book.errors(place.get("kind"), place.get("q", ""), page, column=column, among=among)


async def _view(
    correcting: CorrectedReview,
    book: RowPages | None,
    place: Mapping[str, str],
    shown: NumberedPage[Row] | None,
    page: int,
    note: str | None,
    before: Batch | None,
) -> ReviewView:
    batch, sheet, draft = correcting.batch, correcting.sheet, CorrectedRows(correcting)
    over = any(error.code in TOO_FEW for error in batch.file_errors)
    of_licenses = any(error.code == "licenses_exceeded" for error in batch.file_errors)
    groups = await sheet.problems.groups(0, REPEATED + 1) if sheet else []
    repeated = [group for group in groups if len(group.rows) > 1 and group.column not in (None, STANDARD[EMAIL])]
    return ReviewView(
        batch=batch,
        sheet=book.sheet if book else None,
        place={**place, **({"page": str(page)} if page > 1 else {})},
        note=note,
        chips=_chips(batch, book, place) if book else (),
        columns=_columns(batch, sheet, place) if sheet else (),
        rows=replace(shown, items=[draft.of(row) for row in shown.items]) if shown else None,  # pyright: ignore[reportArgumentType]  # of another kind
        lists=draft.lists(shown.items) if shown else {},
        repeated=[draft.repeated(group) for group in repeated[:REPEATED]],
        more_values=len(repeated) > REPEATED,
        suggested=sheet.problems.suggested_count
        if sheet and not (draft.draft.accepts_all or draft.draft.still_wrong == 0)
        else 0,
        draft=draft.draft,
        correctable=sheet is not None,
        warned=(await book.labelled("warning", 1, _WARNED)).items if book else (),
        new_users=await book.labelled("invite", page) if book and of_licenses and not batch.counts.error else None,
        can_check_again=over or sheet is None or bool(book and book.has(WORLD)),
        before=before,
        key=str(uuid4()),
    )


def _chips(batch: Batch, book: RowPages, place: Mapping[str, str]) -> list[Chip]:
    counts: dict[str | None, int] = {None: batch.counts.error, **book.kinds}
    q = place.get("q", "")
    return [
        Chip(
            kind,
            _address(batch, {"kind": kind or "", "q": q}),
            count,
            kind == place.get("kind") and "column" not in place,
        )
        for kind, count in counts.items()
    ]


def _columns(batch: Batch, sheet: ReviewedSheet, place: Mapping[str, str]) -> list[Chip]:
    return [
        Chip(
            group.column,
            _address(batch, {"column": group.column, "q": place.get("q", "")}),
            group.rows,
            group.column == place.get("column"),
        )
        for group in sheet.problems.sums("column")
        if group.column
    ]


def _address(batch: Batch, places: Mapping[str, str]) -> str:
    return address(f"{PATH}/{batch.id}/review", places)
