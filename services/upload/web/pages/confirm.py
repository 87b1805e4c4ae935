"""Confirm: who will be invited, what will change, and the one button that makes it happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import User
from services.upload.web.outcome_tabs import TABS, Tab, chosen, tabs
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import Batch, Choice, Row
from services.upload.web.row_pages import NumberedPage, row_pages
from services.upload.web.users_of_rows import users_of
from shared.http.problems import Problem

router = APIRouter()


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The page. `left_out`: how many rows corrections left out of the file."""

    batch: Batch
    sheet: str | None
    tabs: Sequence[Tab]
    tab: str
    rows: NumberedPage[Row]
    note: str | None
    left_out: int
    people: Mapping[str, User]
    words: str = "confirm"
    """Which words say what becomes of the rows: it has not happened yet."""

    def user(self, row: Row) -> User | None:
        """Who is there already."""
        return self.people.get(str(row.user_id))

    @property
    def what(self) -> str:
        """Which of the headings and buttons fits: both, invite, change or nothing."""
        match bool(self.batch.counts.invite), bool(self.batch.counts.change):
            case True, True:
                return "both"
            case True, False:
                return "invite"
            case False, True:
                return "change"
            case _:
                return "nothing"

    @property
    def left(self) -> int:
        """Licenses that are left afterwards."""
        return max(0, self.batch.seats.available - self.batch.seats.required)

    def link(self, page: int) -> str:
        """The address of another page of the same tab."""
        places = {"tab": self.tab, "page": str(page) if page > 1 else None}
        return address(f"{PATH}/{self.batch.id}/confirm", places)


@router.get(f"{PATH}/{{batch_id}}/confirm")
async def confirm(
    request: Request, deps: Deps, visitor: Admin, batch_id: UUID, tab: str = "", page: int = 1, note: str = ""
) -> Response:
    """What will happen, one tab of it."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    if batch.status != "ready_for_review":
        return RedirectResponse(stage(batch), 303)
    book = await row_pages(deps, visitor.who, batch_id)
    which = chosen(tab, batch.counts)
    rows = await book.labelled(TABS[which], page) if book else NumberedPage[Row]((), 1, 1, 0)
    view = ConfirmView(
        batch=batch,
        sheet=book.sheet if book else None,
        tabs=tabs(f"{PATH}/{batch_id}/confirm", batch.counts, which),
        tab=which,
        rows=rows,
        note=note if note in ("review_changed", "not_ready") else None,
        left_out=await _left_out(deps, visitor, batch),
        people=await users_of(deps.licensing, visitor.who.token, rows.items) or {},
    )
    return deps.renderer.page(request, "confirm.html", view, visitor.reader)


@router.post(f"{PATH}/{{batch_id}}/confirm")
async def confirmed(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Confirms the review that the form was made of; any other leads back to what it is now."""
    fields = await checked_form(request, deps, visitor)
    review = fields.get("review", "")
    try:
        choice = Choice(int(review) if review.isdecimal() else 0)
        batch = await deps.uploads.confirm(request, visitor.who, batch_id, choice)
    except Problem as refused:
        if refused.status != 409:
            raise
        note = "review_changed" if refused.code == "review_changed" else "not_ready"
        return RedirectResponse(f"{PATH}/{batch_id}/confirm?note={note}", 303)
    return RedirectResponse(stage(batch), 303)


async def _left_out(deps: WebDependencies, visitor: Visitor, batch: Batch) -> int:
    """How many rows were left out of the batch that this one replaced, where it was made of that one's corrections."""
    if batch.replaces is None or not await deps.uploads.has_left_out(visitor.who, batch.id):
        return 0
    return (await deps.uploads.batch(visitor.who, batch.replaces)).left_out
