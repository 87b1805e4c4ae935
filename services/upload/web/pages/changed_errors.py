"""What has changed since the last upload: which errors are fixed, which are still there, which are new."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import Batch, Fate, WrongCell
from services.upload.web.row_pages import PAGE, NumberedPage

router = APIRouter()
FATES: tuple[Fate, ...] = ("still", "new", "fixed")
"""In the order in which an admin asks."""


@dataclass(frozen=True, slots=True)
class ChangedErrorsView:
    """The page. `counts` are the errors of each kind, of which `fate` is shown."""

    batch: Batch
    before: Batch
    counts: Mapping[Fate, int]
    fate: Fate
    cells: NumberedPage[WrongCell]

    def link(self, page: int) -> str:
        """The address of another page of the same kind."""
        return self.fate_link(self.fate, page)

    def fate_link(self, fate: Fate, page: int = 1) -> str:
        """The address of those of a kind."""
        return address(f"{PATH}/{self.batch.id}/changed", {"show": fate, "page": str(page) if page > 1 else None})

    @property
    def stage(self) -> str:
        """Where the batch is worked on."""
        return stage(self.batch)


@router.get(f"{PATH}/{{batch_id}}/changed")
async def changed(
    request: Request, deps: Deps, visitor: Admin, batch_id: UUID, show: str = "", page: int = 1
) -> Response:
    """The errors of both files, one kind of them."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    found = await deps.uploads.changed_errors(visitor.who, batch)
    if batch.replaces is None or found is None:
        return RedirectResponse(stage(batch), 303)
    counts: dict[Fate, int] = {fate: len(found.of(fate)) for fate in FATES}
    fate = _shown(show, counts)
    page = min(max(1, page), max(1, -(-counts[fate] // PAGE)))
    cells = found.of(fate)[(page - 1) * PAGE : page * PAGE]
    before = await deps.uploads.batch(visitor.who, batch.replaces)
    view = ChangedErrorsView(batch, before, counts, fate, NumberedPage(cells, page, PAGE, counts[fate]))
    return deps.renderer.page(request, "changed_errors.html", view, visitor.reader)


def _shown(asked: str, counts: Mapping[Fate, int]) -> Fate:
    """The kind that was asked for, else the first that there is one of."""
    match asked:
        case "still" | "new" | "fixed":
            return asked
        case _:
            for fate in FATES:
                if counts[fate]:
                    return fate
            return "still"
