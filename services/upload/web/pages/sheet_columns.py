"""What the columns of a file are: the page on which an admin says it, where their headers do not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import Batch, ColumnChoice, SheetColumn, SheetColumns
from shared.http.problems import Problem
from shared.people.columns import FULL_NAME_COLUMN, STANDARD, is_word
from shared.people.profile import EMAIL, METHODOLOGY_COLUMN
from usher_contracts import CompanyChanged

router = APIRouter()
REVIEWED = ("needs_correction", "ready_for_review")
_SHOWN = 200
"""Columns that the page asks about."""
_FIELD = "column_"
"""Before a column's place in the names of the form."""


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """A column, the name of its field in the form, and what is chosen there: what it is read as, or what it may be.
    Several with the same header are one of `alike`, of which nothing can be chosen: a choice is by header."""

    column: SheetColumn
    name: str
    chosen: str
    alike: int = 1


@dataclass(frozen=True, slots=True)
class SheetColumnsView:
    """The page. `fields` are what a column can be, the company's own ones in `own`; `problem` says why the last choice
    was not taken."""

    batch: Batch
    sheet: SheetColumns
    columns: Sequence[AskedColumn]
    fields: Sequence[str]
    own: Sequence[str]
    remember: bool
    problem: str | None

    @property
    def without_email(self) -> bool:
        """Whether no column is read as the addresses."""
        return all(each.column.field != STANDARD[EMAIL] for each in self.columns)

    @property
    def more(self) -> int:
        """Columns that are not asked about."""
        return len(self.sheet.columns) - sum(each.alike for each in self.columns)

    @property
    def back(self) -> str:
        """The review, where the choice can wait."""
        return f"{PATH}/{self.batch.id}/{'review' if self.batch.status == 'needs_correction' else 'confirm'}"


@router.get(f"{PATH}/{{batch_id}}/columns")
async def columns(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Each column with some of its values, and what it may be."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    sheet = await deps.uploads.columns(visitor.who, batch_id)
    if batch.status not in REVIEWED:
        return RedirectResponse(stage(batch), 303)
    if not sheet.columns:
        page = "review" if batch.status == "needs_correction" else "confirm"
        return RedirectResponse(f"{PATH}/{batch_id}/{page}", 303)
    chosen = {f"{_FIELD}{at}": column.field or column.guess or "" for at, column in enumerate(sheet.columns)}
    view = await _view(deps, visitor, batch, sheet, chosen)
    return deps.renderer.page(request, "sheet_columns.html", view, visitor.reader)


@router.post(f"{PATH}/{{batch_id}}/columns")
async def choose(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Has the file checked with its columns read as is said."""
    form = await checked_form(request, deps, visitor)
    batch = await deps.uploads.batch(visitor.who, batch_id)
    sheet = await deps.uploads.columns(visitor.who, batch_id)
    review = form.get("review", "")
    choice = ColumnChoice(_said(sheet, form), int(review) if review.isdecimal() else 0, "remember" in form)
    try:
        batch = await deps.uploads.choose_columns(request, visitor.who, batch_id, choice)
    except Problem as refused:
        if refused.status == 422 or refused.code == "corrections_open":
            view = await _view(deps, visitor, batch, sheet, form, refused.detail, remember=choice.remember)
            return deps.renderer.page(request, "sheet_columns.html", view, visitor.reader, refused.status)
        if refused.status != 409:
            raise
        return RedirectResponse(f"{PATH}/{batch_id}", 303)
    return RedirectResponse(stage(batch), 303)


def _said(sheet: SheetColumns, form: Mapping[str, str]) -> dict[str, str | None]:
    """What differs from how the columns are read, and what is to become of those that nothing is known of: a word for a
    field is left to mean it in a later file, unless something is said of it here."""
    said = dict[str, str | None]()
    for at, column, alike in _asked(sheet):
        field = form.get(f"{_FIELD}{at}") if alike == 1 else None
        if field is not None and (
            (field or None) != column.field or (column.by is None and not is_word(column.header))
        ):
            said[column.header] = field or None
    return said


def _asked(sheet: SheetColumns) -> list[tuple[int, SheetColumn, int]]:
    """The place of each header's first column, the column, and how many have its header."""
    count, first = Counter(column.header for column in sheet.columns), dict[str, int]()
    for at, column in enumerate(sheet.columns):
        first.setdefault(column.header, at)
    return [(at, sheet.columns[at], count[header]) for header, at in first.items()][:_SHOWN]


def _fields(company: CompanyChanged | None, sheet: SheetColumns) -> Sequence[str]:
    """What a column can be beside the company's own fields."""
    asked = (company and company.methodologies) or any(each.field == METHODOLOGY_COLUMN for each in sheet.columns)
    return (*STANDARD.values(), *([METHODOLOGY_COLUMN] if asked else []), FULL_NAME_COLUMN)


async def _view(
    deps: WebDependencies,
    visitor: Visitor,
    batch: Batch,
    sheet: SheetColumns,
    chosen: Mapping[str, str],
    problem: str | None = None,
    *,
    remember: bool = True,
) -> SheetColumnsView:
    company = await deps.uploads.company(visitor.who.company)
    return SheetColumnsView(
        batch=batch,
        sheet=sheet,
        columns=[
            AskedColumn(column, name := f"{_FIELD}{at}", chosen.get(name, ""), alike)
            for at, column, alike in _asked(sheet)
        ],
        fields=_fields(company, sheet),
        own=[field.name for field in company.custom_fields] if company else [],
        remember=remember,
        problem=problem,
    )
