"""The list of batches; one batch; and where its link leads while it is under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.batches.view import Batch
from services.upload.rows import Row
from services.upload.web.gate import Admin, InSite
from services.upload.web.rows import Numbered
from services.upload.web.tabs import TABS, Tab, chosen, tabs
from services.upload.web.trail import Links, Trail, address

router = APIRouter()
PATH = "/batches"
PAGE = 25

STAGES = {
    "validating": "checking",
    "needs_correction": "review",
    "ready_for_review": "confirm",
    "processing": "progress",
}
"""Which page of a batch is the one to look at, by its status; of the others it is the batch's own."""


@dataclass(frozen=True, slots=True)
class BatchesView:
    """The list."""

    items: Sequence[Batch]
    pager: Links


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch that is over, or looked back at."""

    batch: Batch
    tabs: Sequence[Tab]
    tab: str
    rows: Numbered[Row] | None
    note: str | None

    def link(self, page: int) -> str:
        """The address of another page of the same tab."""
        places = {"tab": self.tab, "page": str(page) if page > 1 else None}
        return address(f"{PATH}/{self.batch.id}", places)


def stage(batch: Batch) -> str:
    """The path of the page that shows what to do about the batch now."""
    page = STAGES.get(batch.status)
    return f"{PATH}/{batch.id}/{page}" if page else f"{PATH}/{batch.id}"


@router.get(PATH)
async def batches(request: Request, site: InSite, visitor: Admin) -> Response:
    """All batches of the company, newest first."""
    trail = Trail.read(request.query_params)
    page = await site.desk.batches(visitor.who, trail.cursor, PAGE)
    pager = trail.links(PATH, {}, shown=len(page.items), size=PAGE, following=page.next_cursor)
    return site.renderer.page(request, "batches.html", BatchesView(page.items, pager), visitor.reader)


@router.get(f"{PATH}/{{batch_id}}")
async def batch(
    request: Request, site: InSite, visitor: Admin, batch_id: UUID, tab: str = "", page: int = 1, note: str = ""
) -> Response:
    """The batch: the page of its stage while it is under way, what came of it afterwards."""
    found = await site.desk.batch(visitor.who, batch_id)
    if found.status in STAGES:
        return RedirectResponse(stage(found), 303)
    book = await site.desk.rows(visitor.who, batch_id)
    which = chosen(tab, found.counts)
    rows = await book.labelled(TABS[which], page) if book else None
    known = note if note == "too_late" else None
    view = BatchView(found, tabs(f"{PATH}/{batch_id}", found.counts, which), which, rows, known)
    return site.renderer.page(request, "batch.html", view, visitor.reader)


@router.get(f"{PATH}/{{batch_id}}/original.xlsx")
async def original(request: Request, site: InSite, visitor: Admin, batch_id: UUID) -> Response:
    """The file as sent."""
    return await site.desk.copy(visitor.who, batch_id, "original")


@router.get(f"{PATH}/{{batch_id}}/annotated.xlsx")
async def annotated(request: Request, site: InSite, visitor: Admin, batch_id: UUID) -> Response:
    """The file with its errors marked."""
    return await site.desk.copy(visitor.who, batch_id, "annotated")
