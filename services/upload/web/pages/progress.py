"""The pages of a batch under way: checking, then progress. Both are live, and both work by reloading."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, reader_of
from services.upload.web.cursor_pagination import address
from services.upload.web.date_formats import ZONE_COOKIE
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import Seats, User
from services.upload.web.live_fragments import AnnouncementThrottle, Fragment, LiveFragment, events, fragments
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import Batch, Progress, Row
from services.upload.web.row_pages import NumberedPage, row_pages
from services.upload.web.users_of_rows import users_of
from shared.http.problems import Problem

router = APIRouter()
_INVITATIONS = 20


@dataclass(frozen=True, slots=True)
class Invitation:
    """A row that invites, with the user as licensing has them; None while that is not known."""

    row: Row
    user: User | None


@dataclass(frozen=True, slots=True)
class ProgressView:
    """The page, and the live part of it. `said` is what a screen reader is told, more rarely than what is shown."""

    batch: Batch
    rows: NumberedPage[Row] | None
    invitations: Sequence[Invitation]
    seats: Seats | None
    said: Progress

    @property
    def queued(self) -> int:
        """Invitations that are neither sent nor failed."""
        progress = self.batch.progress
        return max(0, self.batch.counts.invite - progress.emails_sent - progress.emails_failed)

    def link(self, page: int) -> str:
        """The address of another page of the invitations."""
        return _address(self.batch, "progress", page)

    @property
    def live(self) -> str:
        """The address of the live part."""
        return _address(self.batch, "progress/live", self.rows.page if self.rows else 1)


@router.get(f"{PATH}/{{batch_id}}/checking")
async def checking(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The fragment while the file is checked."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    if batch.status != "validating":
        return RedirectResponse(stage(batch), 303)
    return deps.renderer.page(request, "checking.html", batch, visitor.reader)


@router.get(f"{PATH}/{{batch_id}}/checking/live")
async def checking_live(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The state of the check; at its end the address of what came of it."""
    await deps.uploads.batch(visitor.who, batch_id)

    async def show(batch: Batch) -> Fragment:
        html = deps.renderer.html(request, "checking_live.html", batch)
        return Fragment(html, over=batch.status != "validating", leads_to=stage(batch))

    return await _shown_to_all(request, deps, visitor, batch_id, show)


@router.get(f"{PATH}/{{batch_id}}/progress")
async def progress(request: Request, deps: Deps, visitor: Admin, batch_id: UUID, page: int = 1) -> Response:
    """What has been carried out so far. Stays readable when all of it is done."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    if batch.status not in ("processing", "completed"):
        return RedirectResponse(stage(batch), 303)
    view = await _view(deps, visitor, batch, page)
    return deps.renderer.page(request, "progress.html", view, visitor.reader)


@router.get(f"{PATH}/{{batch_id}}/progress/live")
async def progress_live(request: Request, deps: Deps, visitor: Admin, batch_id: UUID, page: int = 1) -> Response:
    """The same, as it goes on; it leads elsewhere only where the batch went back to review."""
    await deps.uploads.batch(visitor.who, batch_id)

    announced = AnnouncementThrottle[Progress]()

    async def show(batch: Batch) -> Fragment:
        if batch.status not in ("processing", "completed"):
            return Fragment("", over=True, leads_to=stage(batch))
        said = announced.say(batch.progress, at_once=batch.status == "completed")
        view = replace(await _view(deps, visitor, batch, page), said=said)
        html = deps.renderer.html(request, "progress_live.html", view)
        return Fragment(html, over=batch.status == "completed", leads_to=None)

    return await _shown_to_all(request, deps, visitor, batch_id, show, page)


async def _shown_to_all(
    request: Request,
    deps: WebDependencies,
    visitor: Visitor,
    batch_id: UUID,
    show: Callable[[Batch], Awaitable[Fragment]],
    page: int = 1,
) -> Response:
    """The stream of a batch's states, which are read and rendered once for all of the company who look at the same
    address in the same time zone."""

    def shown() -> AsyncGenerator[Fragment]:
        return fragments(LiveFragment(deps.uploads.watch(visitor.who, batch_id), show))

    zone = request.cookies.get(ZONE_COOKIE)
    watched = deps.watched_batches.watch((visitor.who.company, request.url.path, page, zone), shown)
    return await deps.streams.answer(reader_of(request, deps, visitor), events(watched))


async def _view(deps: WebDependencies, visitor: Visitor, batch: Batch, page: int) -> ProgressView:
    book = await row_pages(deps, visitor.who, UUID(str(batch.id)))
    rows = await book.labelled("invite", page, _INVITATIONS) if book else None
    token, shown = visitor.who.token, rows.items if rows else ()
    users = await users_of(deps.licensing, token, shown) or {}
    try:
        seats = await deps.licensing.seats(token)
    except Problem:
        # The counts come from this service: they are shown though licensing is away.
        seats = None
    invitations = [Invitation(row, users.get(str(row.user_id))) for row in shown]
    return ProgressView(batch, rows, invitations, seats, batch.progress)


def _address(batch: Batch, part: str, page: int) -> str:
    return address(f"{PATH}/{batch.id}/{part}", {"page": str(page) if page > 1 else None})
