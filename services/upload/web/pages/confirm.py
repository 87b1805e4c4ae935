"""Confirm: who will be invited, what will change, and the one button that makes it happen; where a second admin has to
approve it, the same page for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import User
from services.upload.web.outcome_tabs import Tab, chosen, label_of, tabs
from services.upload.web.pages.approving import NOTES, SecondAdmin, second_admin
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import MAX_LENGTH, MESSAGE_CODES, Batch, Choice, MethodologySeats, Row, Variant
from services.upload.web.row_pages import NumberedPage, row_pages
from services.upload.web.security_headers import FRAMED
from services.upload.web.users_of_rows import users_of
from shared.http.idempotency import fingerprint
from shared.http.problems import Problem

router = APIRouter()
MESSAGE = "message"
"""The field with the admin's sentence: in the form of a batch that invites somebody."""
REMINDERS = "reminders"


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """The page. `left_out`: how many rows corrections left out of the file. `second`: what is said of another admin
    who has to approve it."""

    batch: Batch
    sheet: str | None
    tabs: Sequence[Tab]
    tab: str
    rows: NumberedPage[Row]
    note: str | None
    left_out: int
    people: Mapping[str, User]
    second: SecondAdmin
    message: str = ""
    """The sentence that stands in the form."""
    reminders: bool = False
    reminded_after: tuple[float, float] = (3, 7)
    variant: Variant = "new_user"
    key: str = ""
    """Makes a sample that is asked for twice one mail."""
    refused: str | None = None
    wrong: bool = False
    """Whether what was refused is the sentence."""
    sent_to: str | None = None
    most: int = MAX_LENGTH

    def user(self, row: Row) -> User | None:
        """Who is there already."""
        return self.people.get(str(row.user_id))

    @property
    def words(self) -> str:
        """Which words say what becomes of the rows: it has not happened yet."""
        return "undoing" if self.batch.kind == "undo" else "confirm"

    @property
    def what(self) -> str:
        """Which of the headings and buttons fits: undo, both, invite, change or nothing."""
        counts = self.batch.counts
        if self.batch.kind == "undo":
            return "undo" if counts.cancel or counts.restore else "nothing"
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
        return max(0, self.batch.seats.available - self.batch.seats.required + (self.batch.counts.cancel or 0))

    @property
    def pools(self) -> Sequence[MethodologySeats]:
        """The methodologies of which the file needs seats."""
        return [each for each in self.batch.seats.methodologies if each.required]

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
    if batch.status not in ("ready_for_review", "awaiting_approval"):
        return RedirectResponse(stage(batch), 303)
    view = await _view(deps, visitor, batch, tab, page)
    view = replace(view, note=note if note in NOTES else None)
    return deps.renderer.page(request, "confirm.html", view, visitor.reader)


@router.post(f"{PATH}/{{batch_id}}/confirm")
async def confirmed(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Confirms the review that the form was made of; any other leads back to what it is now."""
    fields = await checked_form(request, deps, visitor)
    review = fields.get("review", "")
    try:
        batch = await deps.uploads.confirm(
            request,
            visitor.who,
            batch_id,
            Choice(
                review=int(review) if review.isdecimal() else 0,
                message=fields.get(MESSAGE) or None,
                # A batch that invites nobody does not ask.
                reminders=REMINDERS in fields if MESSAGE in fields else None,
            ),
        )
    except Problem as refused:
        if refused.code in MESSAGE_CODES:
            return await _with_form(request, deps, visitor, batch_id, fields, refused=refused)
        if refused.status != 409:
            raise
        note = {"review_changed": "review_changed", "not_undoable": "undone_meanwhile"}.get(refused.code, "not_ready")
        return RedirectResponse(f"{PATH}/{batch_id}/confirm?note={note}", 303)
    return RedirectResponse(stage(batch), 303)


@router.get(f"{PATH}/{{batch_id}}/invitation")
async def shown(deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The invitation as it will look, in the frame on the page."""
    return await _framed(deps, visitor, batch_id, None, "new_user")


@router.post(f"{PATH}/{{batch_id}}/invitation")
async def shown_with(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The same with the sentence that stands in the form, to whom the form says."""
    fields = await checked_form(request, deps, visitor)
    return await _framed(deps, visitor, batch_id, fields.get(MESSAGE), _variant(fields))


@router.get(f"{PATH}/{{batch_id}}/invitation/sample")
async def back(visitor: Admin, batch_id: UUID) -> Response:
    """Back to the page, for who loads it anew."""
    return RedirectResponse(f"{PATH}/{batch_id}/confirm", 303)


@router.post(f"{PATH}/{{batch_id}}/invitation/sample")
async def sample(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Sends the admin a sample. The page comes back as it was filled in."""
    fields = await checked_form(request, deps, visitor)
    try:
        to = await deps.uploads.send_sample(
            visitor.who, batch_id, fields.get(MESSAGE), _variant(fields), _sample_key(fields)
        )
    except Problem as refused:
        if refused.code == "not_ready":
            return RedirectResponse(f"{PATH}/{batch_id}/confirm?note=not_ready", 303)
        if refused.status not in (409, 422, 429, 503):
            raise
        return await _with_form(request, deps, visitor, batch_id, fields, refused=refused)
    return await _with_form(request, deps, visitor, batch_id, fields, sent_to=to)


async def _framed(
    deps: WebDependencies, visitor: Visitor, batch_id: UUID, message: str | None, variant: Variant
) -> Response:
    try:
        mails = await deps.uploads.preview_invitation(visitor.who, batch_id, message)
    except Problem as refused:
        return PlainTextResponse(refused.detail, refused.status, headers=FRAMED)
    html = next((mail.html for mail in mails if mail.variant == variant), "")
    return HTMLResponse(html, headers=FRAMED)


async def _with_form(
    request: Request,
    deps: WebDependencies,
    visitor: Visitor,
    batch_id: UUID,
    fields: Mapping[str, str],
    *,
    refused: Problem | None = None,
    sent_to: str | None = None,
) -> Response:
    """The page as its form was filled in, with what came of it."""
    batch = await deps.uploads.batch(visitor.who, batch_id)
    if batch.status != "ready_for_review":
        return RedirectResponse(stage(batch), 303)
    view = replace(
        await _view(deps, visitor, batch),
        message=fields.get(MESSAGE, ""),
        reminders=REMINDERS in fields,
        variant=_variant(fields),
        refused=refused.detail if refused else None,
        wrong=refused is not None and refused.code in MESSAGE_CODES,
        sent_to=sent_to,
    )
    return deps.renderer.page(request, "confirm.html", view, visitor.reader, refused.status if refused else 200)


def _sample_key(fields: Mapping[str, str]) -> str | None:
    """The page's own key with what stands in its form: sent twice it is one sample, filled in otherwise another."""
    key = fields.get("key")
    return fingerprint(key, fields.get(MESSAGE), _variant(fields), fields.get("review")).hex() if key else None


def _variant(fields: Mapping[str, str]) -> Variant:
    return "individual_plan" if fields.get("variant") == "individual_plan" else "new_user"


async def _view(deps: WebDependencies, visitor: Visitor, batch: Batch, tab: str = "", page: int = 1) -> ConfirmView:
    book = await row_pages(deps, visitor.who, batch.id)
    which = chosen(tab, batch.counts)
    rows = await book.labelled(label_of(which), page) if book else NumberedPage[Row]((), 1, 1, 0)
    company = await deps.uploads.company(visitor.who.company)
    return ConfirmView(
        batch=batch,
        sheet=book.sheet if book else None,
        tabs=tabs(f"{PATH}/{batch.id}/confirm", batch.counts, which),
        tab=which,
        rows=rows,
        note=None,
        left_out=await _left_out(deps, visitor, batch),
        people=await users_of(deps.licensing, visitor.who.token, rows.items) or {},
        reminders=company is not None and company.reminders,
        reminded_after=deps.reminded_after,
        second=await second_admin(deps, visitor, batch, company),
        key=token_hex(16),
    )


async def _left_out(deps: WebDependencies, visitor: Visitor, batch: Batch) -> int:
    """How many rows were left out of the batch that this one replaced, where it was made of that one's corrections."""
    if batch.replaces is None or not await deps.uploads.has_left_out(visitor.who, batch.id):
        return 0
    return (await deps.uploads.batch(visitor.who, batch.replaces)).left_out
