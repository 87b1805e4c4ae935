"""The list of batches; one batch; and where its link leads while it is under way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_hex
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.activity_models import WhoJoined
from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.cursor_pagination import CursorPosition, PageLinks, address
from services.upload.web.date_formats import ZONE_COOKIE, zone_named
from services.upload.web.days import beginning, read_day
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import User
from services.upload.web.outcome_tabs import Tab, chosen, label_of, tabs
from services.upload.web.ports import Batch, BatchFilter, Person, Row
from services.upload.web.row_pages import NumberedPage, row_pages
from services.upload.web.user_selection import MAX_SELECTED
from services.upload.web.users_of_rows import users_of
from shared.http.problems import Problem

router = APIRouter()
PATH = "/batches"
PAGE = 25

STAGES = {
    "validating": "checking",
    "needs_correction": "review",
    "ready_for_review": "confirm",
    "awaiting_approval": "confirm",
    "processing": "progress",
}
"""Which page of a batch is the one to look at, by its status; of the others it is the batch's own."""

KINDS: Mapping[str, Collection[str]] = {
    "yours": (),
    "open": ("needs_correction", "ready_for_review", "awaiting_approval"),
    "running": ("validating", "processing"),
    "completed": ("completed",),
    "dropped": ("cancelled", "superseded"),
    "tidied": (),
}
"""What the list can be filtered by: a name in the address, and the statuses that it stands for; `yours` is what waits
for the reader, whatever its status, and `tidied` what the others leave out."""
_TIDY = frozenset({"needs_correction", "completed", "cancelled", "superseded"})
"""What can be tidied away."""
_NOTES = frozenset({"tidied", "shown_again", "not_over"})


@dataclass(frozen=True, slots=True)
class ListFilters:
    """What the list is filtered by, as the address has it: a kind (None for all), who uploaded, from which day, up to
    which day. What makes no sense is no filter."""

    kind: str | None = None
    who: str = ""
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ListFilters":
        """From an address's query, or a form's fields."""
        kind = query.get("kind", "")
        return cls(
            kind if kind in KINDS else None,
            query.get("who", "").strip()[:320],
            read_day(query.get("since", "")),
            read_day(query.get("until", "")),
        )

    @property
    def places(self) -> Mapping[str, str | None]:
        """As they stand in an address."""
        since, until = (day.isoformat() if day else None for day in (self.since, self.until))
        return {"kind": self.kind, "who": self.who, "since": since, "until": until}

    @property
    def narrow(self) -> bool:
        """Whether more than a kind is chosen."""
        return bool(self.who or self.since or self.until)

    def of_kind(self, kind: str | None) -> str:
        """The address of the list with another kind."""
        return address(PATH, {**self.places, "kind": kind})

    def among(self, email: str, zone: ZoneInfo) -> BatchFilter:
        """The batches that are meant, for a reader with this address; days are those of their zone."""
        since, end = (beginning(day, zone) for day in (self.since, self.until and self.until + timedelta(days=1)))
        return BatchFilter(
            statuses=KINDS[self.kind] if self.kind else (),
            uploaded_by=self.who or None,
            since=since,
            before=end,
            tidied=self.kind == "tidied",
            waits_for=email if self.kind == "yours" else None,
        )


@dataclass(frozen=True, slots=True)
class BatchesView:
    """The list. `kept` are those whose files are there; `uploaders` can be filtered by; `waiting`: how many wait for
    the reader."""

    items: Sequence[Batch]
    kept: Collection[UUID]
    pager: PageLinks
    filters: ListFilters
    uploaders: Sequence[Person]
    waiting: int
    note: str | None

    @property
    def kinds(self) -> Mapping[str | None, str]:
        """Where each kind leads, None for all."""
        return {kind: self.filters.of_kind(kind) for kind in (None, *KINDS)}

    def tidy(self, batch: Batch) -> bool:
        """Whether it can be tidied away."""
        return batch.status in _TIDY and not batch.tidied


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch that is over, or looked back at."""

    batch: Batch
    tabs: Sequence[Tab]
    tab: str
    rows: NumberedPage[Row] | None
    note: str | None
    people: Mapping[str, User] | None
    kept_until: datetime
    kept: bool
    undo: Batch | None
    """Its undo, where there is one."""
    key: str
    """Makes an undo that is asked for twice one."""
    joined: WhoJoined | None = None

    @property
    def words(self) -> str:
        """Which words say what became of the rows: all of it was carried out, or nothing."""
        if self.batch.kind == "undo":
            return "undone" if self.batch.status == "completed" else "not_undone"
        return "carried_out" if self.batch.status == "completed" else "not_carried_out"

    @property
    def invited(self) -> bool:
        """Whether it shows whom the batch invited, as they are today."""
        return self.tab == "invited" and self.batch.status == "completed" and self.people is not None

    @property
    def original(self) -> bool:
        """Whether the file itself is there."""
        erased = self.batch.erased
        return self.batch.kind == "file" and self.kept and not (erased and "original" in erased.deleted)

    @property
    def undoable(self) -> bool:
        """Whether it can be undone."""
        return self.batch.status == "completed" and self.batch.kind == "file" and self.kept and self.undo is None

    def user(self, row: Row) -> User | None:
        """Who the row's user is today; None for who has left My Team, and while that can't be asked."""
        return (self.people or {}).get(str(row.user_id))

    def link(self, page: int) -> str:
        """The address of another page of the same tab."""
        places = {"tab": self.tab, "page": str(page) if page > 1 else None}
        return address(f"{PATH}/{self.batch.id}", places)


OF_COLUMNS = frozenset({"email_column_missing", "duplicate_column"})
"""Errors of a file that are put right by saying what its columns are."""


def stage(batch: Batch) -> str:
    """The path of the page that shows what to do about the batch now."""
    page = STAGES.get(batch.status)
    if page == "review" and any(error.code == "email_column_missing" for error in batch.file_errors):
        page = "columns"
    return f"{PATH}/{batch.id}/{page}" if page else f"{PATH}/{batch.id}"


@router.get(PATH)
async def batches(request: Request, deps: Deps, visitor: Admin) -> Response:
    """The company's batches, newest first, as the address filters them."""
    query = request.query_params
    position, filters, who = CursorPosition.read(query), ListFilters.read(query), visitor.who
    zone = zone_named(request.cookies.get(ZONE_COOKIE))
    page = await deps.uploads.batches(who, position.cursor, PAGE, filters.among(who.email, zone))
    pager = position.links(PATH, filters.places, shown=len(page.items), size=PAGE, following=page.next_cursor)
    company, now = await deps.uploads.company(who.company), deps.renderer.now()
    kept = {each.id for each in page.items if each.status in STAGES or now < deps.uploads.kept_until(each, company)}
    note = query.get("note") if query.get("note") in _NOTES else None
    uploaders = await deps.uploads.uploaders(who)
    view = BatchesView(page.items, kept, pager, filters, uploaders, visitor.reader.waiting, note)
    return deps.renderer.page(request, "batches.html", view, visitor.reader)


@router.post(f"{PATH}/{{batch_id}}/tidy-away")
async def tidy_away(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Leaves it out of the list, and comes back to where that was."""
    fields = await checked_form(request, deps, visitor)
    note = "tidied"
    try:
        await deps.uploads.tidy_away(request, visitor.who, batch_id)
    except Problem as refused:
        if refused.code != "not_over":
            raise
        note = "not_over"
    return _back_to_list(fields, note)


@router.post(f"{PATH}/{{batch_id}}/show-again")
async def show_again(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Has it in the list again, and comes back to where that was asked."""
    fields = await checked_form(request, deps, visitor)
    await deps.uploads.show_again(request, visitor.who, batch_id)
    return _back_to_list(fields, "shown_again")


def _back_to_list(fields: Mapping[str, str], note: str) -> Response:
    return RedirectResponse(address(PATH, {**ListFilters.read(fields).places, "note": note}), 303)


@router.get(f"{PATH}/{{batch_id}}")
async def batch(
    request: Request, deps: Deps, visitor: Admin, batch_id: UUID, tab: str = "", page: int = 1, note: str = ""
) -> Response:
    """The batch: the page of its stage while it is under way, what came of it afterwards."""
    found = await deps.uploads.batch(visitor.who, batch_id)
    if found.status in STAGES:
        return RedirectResponse(stage(found), 303)
    book = await row_pages(deps, visitor.who, batch_id)
    which = chosen(tab, found.counts)
    rows = await book.labelled(label_of(which), page) if book else None
    known = note if note in ("too_late", "none_failed", "not_undoable", "files_gone") else None
    until = deps.uploads.kept_until(found, await deps.uploads.company(visitor.who.company))
    view = BatchView(
        batch=found,
        tabs=tabs(f"{PATH}/{batch_id}", found.counts, which),
        tab=which,
        rows=rows,
        note=known,
        people=await users_of(deps.licensing, visitor.who.token, rows.items) if rows else None,
        kept_until=until,
        kept=deps.renderer.now() < until,
        undo=await deps.uploads.undo_of(visitor.who, batch_id) if found.status == "completed" else None,
        joined=await _joined(deps, visitor, found),
        key=token_hex(16),
    )
    return deps.renderer.page(request, "batch.html", view, visitor.reader)


async def _joined(deps: WebDependencies, visitor: Visitor, batch: Batch) -> WhoJoined | None:
    """How many of those whom it invited have joined; None where it invited nobody, or that is not known just now."""
    if batch.status != "completed" or batch.kind != "file" or not batch.counts.invite:
        return None
    try:
        return await deps.licensing.joined(visitor.who.token, {"batch_id": str(batch.id)})
    except Problem:
        return None


@router.post(f"{PATH}/{{batch_id}}/undo")
async def undo(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Makes the undo of the batch, and leads to what it would do: nothing has happened yet."""
    fields = await checked_form(request, deps, visitor)
    try:
        made = await deps.uploads.undo(request, visitor.who, batch_id, fields.get("key") or None)
    except Problem as refused:
        if refused.code not in ("not_undoable", "files_gone"):
            raise
        return RedirectResponse(f"{PATH}/{batch_id}?note={refused.code}", 303)
    return RedirectResponse(stage(made), 303)


@router.post(f"{PATH}/{{batch_id}}/retry")
async def retry(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Selects those whom this batch invited and whose mail failed, then asks whether to send it again."""
    await checked_form(request, deps, visitor)
    await deps.uploads.batch(visitor.who, batch_id)
    book = await row_pages(deps, visitor.who, batch_id)
    invited = await book.user_ids("invite") if book else set[UUID]()
    failed, cursor = set[UUID](), None
    while True:
        asked = {"invitation": "failed", "limit": "1000", **({"cursor": cursor} if cursor else {})}
        page = await deps.licensing.team(visitor.who.token, asked)
        failed |= {UUID(user.user_id) for user in page.items} & invited
        cursor = page.next_cursor
        if cursor is None or len(failed) >= MAX_SELECTED:
            break
    if not failed:
        return RedirectResponse(f"{PATH}/{batch_id}?note=none_failed", 303)
    await deps.selections.clear(visitor.session_id)
    await deps.selections.change(visitor.session_id, failed, ())
    return RedirectResponse("/team/actions/resend", 303)


@router.get(f"{PATH}/{{batch_id}}/original.xlsx")
async def original(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The file as sent."""
    return await deps.uploads.original(visitor.who, batch_id)


@router.get(f"{PATH}/{{batch_id}}/annotated.xlsx")
async def annotated(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """The file with its errors marked."""
    return await deps.uploads.annotated(visitor.who, batch_id)
