"""The pages with everything around them in memory: no database, no issuer, no other service."""

import secrets
import zlib
from array import array
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.upload.domain.batch.choice import Choice, SeenRequest
from services.upload.domain.batch.events import File, Person
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import CorrectionsChanged
from services.upload.domain.corrections.state import Draft, evolve, ranges_of
from services.upload.domain.corrections.value_check import ValueCheck
from services.upload.formats.shown_mail import ShownMail, Variant
from services.upload.read_models.batches.query import ALL_BATCHES, BatchFilter
from services.upload.read_models.batches.retention import kept_until
from services.upload.read_models.batches.view import Batch, BatchPage
from services.upload.read_models.batches.view import Person as Admin
from services.upload.read_models.columns.view import SheetColumns
from services.upload.read_models.companies.query import PLAN, company_settings, plan_required
from services.upload.read_models.corrections.query import CorrectedReview, LoadedDraft
from services.upload.read_models.rows.changed_errors import ChangedErrors, changed_errors
from services.upload.read_models.rows.query import BatchRows
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row
from services.upload.web.access_models import Access, Requested
from services.upload.web.activity_models import Activity, Happening, InLine, LineUsers, WhoJoined, Whom
from services.upload.web.app import application
from services.upload.web.assets import Assets
from services.upload.web.dependencies import SessionCookie, WebDependencies
from services.upload.web.licensing import Action
from services.upload.web.licensing_models import (
    DirectoryToken,
    Done,
    DoneFor,
    EditedUser,
    Effects,
    Erasure,
    Erasures,
    Groups,
    Inviter,
    Level,
    MadeDirectoryToken,
    Offer,
    Report,
    SavedView,
    Seats,
    Team,
    Undo,
    User,
    UserWithHistory,
)
from services.upload.web.oidc import Pending, SignInFailed
from services.upload.web.render import Renderer
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import Renew, Tokens
from services.upload.web.texts import Texts
from services.upload.web.user_selection import Selected
from services.upload.web.webhooks import Delivery, DeliveryPage, NewSecret, Webhook
from shared.http.auth import Principal, TokenRefused, TokenVerifier
from shared.http.permissions import Permissions, TokenPermissions
from shared.http.problem_types import TOKEN_NOT_ACCEPTED
from shared.http.problems import Problem, not_found
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from shared.http.standing import Holder
from shared.object_store.row_blocks import BlockReader, BlockWriter
from shared.object_store.store import Blobs
from shared.people.access import AUTHORIZE_PURCHASES, DEACTIVATED, IS_DEACTIVATED, MANAGE_USERS
from tests.serving import Heard
from tests.unit.upload.web import northwind
from usher_contracts import CompanyChanged


async def book(rows: Sequence[Row], batch: Batch = northwind.COMPLETED) -> BatchRows:
    """Rows as validation stores them."""
    writer = BlockWriter()
    for row in rows:
        labels = [row.outcome, *(["warning"] if row.warnings else [])]
        labels += sorted({f"code:{finding.code}" for finding in (*row.errors, *row.warnings)})
        labels += sorted({f"column:{error.column}" for error in row.errors})
        presumes = {"user_id": str(row.user_id)} if row.user_id else None
        hidden = {"user_id"} if batch.kind == "file" else set[str]()
        said = row.model_dump(mode="json", by_alias=True, exclude=hidden, exclude_unset=True)
        stored = {**said, "presumes": presumes} if batch.kind == "file" else said
        writer.add(orjson.dumps(stored), labels)
    blobs = Blobs("memory:///")
    numbers = zlib.compress(array("I", [row.row for row in rows]).tobytes())
    meta: dict[str, Any] = {"sheet": "Team", "place": {}, "fields": {}} if batch.kind == "file" else {"kind": "undo"}
    data = writer.finish(meta, {"numbers": numbers, "problems": _problems(rows)})
    ref = await blobs.put("company", "rows", data)
    applied = batch.status == "completed" or batch.progress.invited > 0
    return BatchRows(await BlockReader.open(blobs, ref.ref), batch.id, applied)


def _problems(rows: Sequence[Row]) -> bytes:
    """The errors in groups, as validation stores them."""
    groups, found, columns = BlockWriter(), dict[tuple[Any, ...], list[int]](), Counter[str | None]()
    for row in rows:
        for error in row.errors:
            key = (error.column, error.code, error.value, error.suggestion, error.message)
            found.setdefault(key, []).append(row.row)
        columns.update({error.column for error in row.errors})
    for key, numbers in sorted(found.items(), key=lambda group: -len(group[1])):
        record = dict(zip(("column", "code", "value", "suggestion", "message"), key, strict=True))
        groups.add(orjson.dumps({**record, "rows": numbers}), ())
    suggested = sum(len(numbers) for key, numbers in found.items() if key[3])
    sums = [[name, count, 1] for name, count in columns.most_common()]
    return groups.finish({"columns": sums, "codes": [], "suggested": suggested})


RENDERER = Renderer(Texts.load(), Assets(), now=lambda: northwind.NOW)
"""One for all tests: compiling the templates takes longer than the tests themselves."""


@dataclass
class FakeUploads:
    """One company with the batches it is given; remembers what it was told to do."""

    found: dict[UUID, Batch] = field(default_factory=dict[UUID, Batch])
    lines: Sequence[Row] = northwind.GOOD_ROWS
    before: Sequence[Row] = ()
    """The rows of the batch that was replaced."""
    rows_kept: bool = True
    correctable: bool = True
    sheet_columns: SheetColumns = field(default_factory=lambda: SheetColumns(sheet=None, header_row=None))
    draft: Draft = field(default_factory=Draft)
    leaves_out: set[UUID] = field(default_factory=set[UUID])
    told: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    refusal: Exception | None = None
    admins: Sequence[Admin] = ()
    seen: set[str] = field(default_factory=set[str])
    max_file_bytes: int = 35 * 1024 * 1024
    settings: CompanyChanged = northwind.COMPANY

    def requires(self, own: str) -> None:
        """The company's own field of that name is required from now on."""
        fields = [each.model_copy(update={"required": each.name == own}) for each in self.settings.custom_fields]
        self.settings = self.settings.model_copy(update={"custom_fields": tuple(fields)})

    async def company(self, company_id: str) -> CompanyChanged | None:
        return self.settings if company_id == northwind.COMPANY_ID else None

    async def require_plan(self, who: Principal) -> None:
        company = await self.company(who.company)
        if company is None or company.plan != PLAN:
            raise plan_required()

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        if batch_id not in self.found:
            raise not_found()
        return self.found[batch_id]

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, among: BatchFilter = ALL_BATCHES
    ) -> BatchPage:
        items = [batch for batch in self.found.values() if self._among(batch, among)]
        return BatchPage(items=items, next_cursor=None)

    def _among(self, batch: Batch, among: BatchFilter) -> bool:
        return (
            (not among.statuses or batch.status in among.statuses)
            and among.uploaded_by in (None, batch.uploaded_by.email)
            and (among.since is None or batch.uploaded_at >= among.since)
            and (among.before is None or batch.uploaded_at < among.before)
            and among.tidied in (None, batch.tidied)
            and (among.waits_for is None or self._waits_for(batch, among.waits_for))
        )

    def _waits_for(self, batch: Batch, email: str) -> bool:
        if batch.status == "awaiting_approval":
            return batch.approval is not None and batch.approval.asked_by.email != email
        return batch.status in ("needs_correction", "ready_for_review") and batch.uploaded_by.email == email

    async def waiting(self, who: Principal) -> int:
        return sum(self._waits_for(batch, who.email) for batch in self.found.values() if not batch.tidied)

    async def uploaders(self, who: Principal) -> Sequence[Admin]:
        return list({batch.uploaded_by.email: batch.uploaded_by for batch in self.found.values()}.values())

    async def tidy_away(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("tidy-away", batch_id, self.found[batch_id].model_copy(update={"tidied": True}))

    async def show_again(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("show-again", batch_id, self.found[batch_id].model_copy(update={"tidied": False}))

    async def rows(self, who: Principal, batch_id: UUID) -> BatchRows | None:
        batch = self.found[batch_id]
        return await book(self.lines, batch) if batch.counts.rows and self.rows_kept else None

    async def upload(
        self, request: Request, who: Principal, key_of: Callable[[Mapping[str, str]], str | None]
    ) -> Batch:
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        key_of(fields)
        return self._do("upload", fields.get("replaces"), northwind.VALIDATING)

    async def confirm(self, request: Request, who: Principal, batch_id: UUID, choice: Choice) -> Batch:
        return self._do("confirm", choice, northwind.PROCESSING)

    async def preview_invitation(self, who: Principal, batch_id: UUID, message: str | None) -> Sequence[ShownMail]:
        if self.refusal:
            raise self.refusal
        self.told.append(("preview", message))
        html = f"<p style='color:red'>{escape(message or 'no sentence')}</p>"
        kinds: tuple[Variant, ...] = ("new_user", "individual_plan")
        return [
            ShownMail(variant=each, language="en", subject="Marta invites you", text="", html=f"{each}{html}")
            for each in kinds
        ]

    async def send_sample(
        self, who: Principal, batch_id: UUID, message: str | None, variant: Variant, key: str | None = None
    ) -> str:
        if self.refusal:
            raise self.refusal
        self.told.append(("sample", (message, variant, key)))
        return who.email

    async def undo(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        return self._do("undo", batch_id, northwind.UNDO_ASKED)

    async def undo_of(self, who: Principal, batch_id: UUID) -> Batch | None:
        return next((each for each in self.found.values() if each.undoes == batch_id), None)

    async def approve(self, request: Request, who: Principal, batch_id: UUID, seen: SeenRequest) -> Batch:
        return self._do("approve", (seen.review, seen.asked_at), northwind.PROCESSING)

    async def decline(
        self, request: Request, who: Principal, batch_id: UUID, comment: str | None, asked_at: datetime
    ) -> Batch:
        return self._do("decline", (comment, asked_at), northwind.batch("ready_for_review"))

    async def note_admin(self, who: Principal) -> None:
        self.seen.add(who.email)

    async def other_admins(self, who: Principal) -> Sequence[Admin]:
        return [each for each in self.admins if each.email != who.email]

    async def cancel(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("cancel", batch_id, northwind.CANCELLED)

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("revalidate", batch_id, northwind.VALIDATING)

    async def changed_errors(self, who: Principal, batch: Batch) -> ChangedErrors | None:
        if batch.replaces is None or not self.rows_kept:
            return None
        before, now = await ReviewedSheet.of(await book(self.before)), await ReviewedSheet.of(await book(self.lines))
        return await changed_errors(before and before.problems, now and now.problems)

    async def columns(self, who: Principal, batch_id: UUID) -> SheetColumns:
        await self.batch(who, batch_id)
        return self.sheet_columns

    async def choose_columns(self, request: Request, who: Principal, batch_id: UUID, choice: ColumnChoice) -> Batch:
        return self._do("columns", choice, northwind.VALIDATING)

    async def correcting(self, who: Principal, batch_id: UUID) -> CorrectedReview:
        batch = await self.batch(who, batch_id)
        found = await self.rows(who, batch_id)
        sheet = await ReviewedSheet.of(found) if found and self.correctable else None
        settings = company_settings(self.settings)
        file = File(batch.file_name, 1, "", "")
        draft = LoadedDraft(self.draft, 1, northwind.NOW)
        return CorrectedReview(batch, file, draft, sheet, ValueCheck(settings))

    async def correct(self, request: Request, who: Principal, batch_id: UUID, wanted: Wanted) -> None:
        batch = self._do("correct", wanted, self.found[batch_id])
        out = (self.draft.left_out | wanted.leave_out_also) - wanted.take_back
        by = Person("ada", "ada@northwind.example", "Ada Admin")
        changed = CorrectionsChanged(1, by, 0, 0, wanted.cells, wanted.replacements, ranges_of(out))
        self.draft = evolve(self.draft, changed)
        count = {"corrections": len(self.draft.cells) + len(self.draft.replacements), "left_out": len(out)}
        self.found[batch_id] = batch.model_copy(update=count)

    async def forget_corrections(self, request: Request, who: Principal, batch_id: UUID) -> None:
        self._do("forget", batch_id, self.found[batch_id])

    async def apply_corrections(
        self, request: Request, who: Principal, batch_id: UUID, review: int | None = None, key: str | None = None
    ) -> Batch:
        return self._do("apply", review, northwind.VALIDATING)

    async def has_left_out(self, who: Principal, batch_id: UUID) -> bool:
        return batch_id in self.leaves_out

    async def left_out(self, who: Principal, batch_id: UUID) -> Response:
        return Response("left out")

    def kept_until(self, batch: Batch, company: CompanyChanged | None) -> datetime:
        return kept_until(batch, company)

    async def original(self, who: Principal, batch_id: UUID) -> Response:
        return Response("original")

    async def annotated(self, who: Principal, batch_id: UUID) -> Response:
        return Response("annotated")

    async def template(self, who: Principal) -> Response:
        return Response("template")

    async def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        yield self.found[batch_id]

    def _do(self, what: str, about: object, after: Batch) -> Batch:
        if self.refusal:
            raise self.refusal
        self.told.append((what, about))
        self.found[after.id] = after
        return after


@dataclass
class FakeWebhooks:
    """Notification's webhooks, in memory. `refusal` is what whatever is asked is answered."""

    kept: list[Webhook] = field(default_factory=list[Webhook])
    sent: list[Delivery] = field(default_factory=list[Delivery])
    asked: list[tuple[str, object]] = field(default_factory=list[tuple[str, object]])
    refusal: Problem | None = None

    def _ask(self, what: str, about: object = None) -> None:
        self.asked.append((what, about))
        if self.refusal:
            raise self.refusal

    async def all(self, token: str) -> Sequence[Webhook]:
        return self.kept

    async def one(self, token: str, webhook_id: UUID) -> Webhook:
        found = [one for one in self.kept if one.id == webhook_id]
        if not found:
            raise Problem(404, "webhook_not_found", "There is no webhook with this id.")
        return found[0]

    async def add(self, token: str, fields: Mapping[str, Any]) -> Webhook:
        self._ask("add", dict(fields))
        made = Webhook(id=uuid4(), status="on", created_at=datetime.now(UTC), **fields)
        self.kept.append(made)
        return made.model_copy(update={"secret": "whsec_c2VjcmV0"})

    async def change(self, token: str, webhook_id: UUID, fields: Mapping[str, Any]) -> Webhook:
        self._ask("change", dict(fields))
        return await self.one(token, webhook_id)

    async def delete(self, token: str, webhook_id: UUID) -> None:
        self._ask("delete", webhook_id)

    async def rotate(self, token: str, webhook_id: UUID) -> NewSecret:
        self._ask("rotate", webhook_id)
        return NewSecret(secret="whsec_bmV3", previous_until=datetime.now(UTC))

    async def test(self, token: str, webhook_id: UUID) -> Delivery:
        self._ask("test", webhook_id)
        return self.sent[0]

    async def replay(self, token: str, webhook_id: UUID, since: datetime) -> None:
        self._ask("replay", since)

    async def deliveries(self, token: str, webhook_id: UUID, query: Mapping[str, str]) -> DeliveryPage:
        return DeliveryPage(items=[one for one in self.sent if query.get("state", one.state) == one.state])

    async def send_again(self, token: str, webhook_id: UUID, delivery: UUID | None) -> None:
        self._ask("send_again", delivery)


@dataclass
class FakeLicensing:
    """Northwind's users; remembers what was asked and accepted."""

    users: Sequence[User] = northwind.USERS
    licenses: Seats = northwind.LICENSES
    grouped: Groups = northwind.GROUPS
    saved: Sequence[SavedView] = ()
    bought: Access = field(default_factory=lambda: Access(licenses=northwind.LICENSES))
    mailed: int = 1
    moving: int = 0
    licenses_later: Sequence[Seats] = ()
    offered: Offer | Problem = northwind.OFFER
    refusal: Problem | None = None
    refuses: dict[str, Problem] = field(default_factory=dict[str, Problem])
    breaks: Exception | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]])
    outside: int = 0
    told: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    keys: list[str] = field(default_factory=list[str])
    undoable: Undo | None = None
    happened: Sequence[Happening] = ()
    directories: Sequence[DirectoryToken] = ()
    erased: Sequence[Erasure] = ()
    who_joined: WhoJoined = field(default_factory=WhoJoined)
    accepted: list[str | None] = field(default_factory=list[str | None])

    async def seats(self, token: str) -> Seats:
        if self.breaks:
            raise self.breaks
        if self.refusal:
            raise self.refusal
        return self.licenses

    async def access(self, token: str) -> Access:
        return self.bought

    async def ask_for_more(self, token: str, wanted: Mapping[str, Any], key: str) -> Requested:
        self._do("ask_for_more", wanted)
        self.keys.append(key)
        return Requested(id=str(UUID(int=51)), mailed=self.mailed)

    async def watch_seats(self, token: str) -> AsyncGenerator[Seats]:
        if refusal := self.refuses.get("watch_seats"):
            raise refusal
        for seats in (self.licenses, *self.licenses_later):
            yield seats

    async def team(self, token: str, query: Mapping[str, Any]) -> Team:
        if self.refusal:
            raise self.refusal
        if query.get("invitation") == "not_sso_domain":
            return Team(total=self.outside)
        self.asked.append(query)
        word = query.get("q", "").casefold()
        found = [user for user in self.users if word in f"{user.name} {user.email}".casefold()]
        if emails := query.get("email"):
            found = [user for user in found if user.email in emails]
        if ids := query.get("user_id"):
            found = [user for user in found if user.user_id in ids]
        return Team(items=found, next_cursor=None, total=len(found))

    async def views(self, token: str) -> Sequence[SavedView]:
        return self.saved

    async def save_view(self, token: str, view: Mapping[str, Any]) -> SavedView:
        self._do("save_view", view)
        kept = SavedView(id=str(UUID(int=77)), mine=True, owner=Inviter(email="marta@b.example"), **view)
        self.saved = [*self.saved, kept]
        return kept

    async def change_view(self, token: str, view_id: str, view: Mapping[str, Any]) -> SavedView:
        self._do("change_view", view)
        known = next(each for each in self.saved if each.id == view_id)
        kept = SavedView.model_validate({**known.model_dump(), **view})
        self.saved = [kept if each.id == view_id else each for each in self.saved]
        return kept

    async def delete_view(self, token: str, view_id: str) -> None:
        self._do("delete_view", view_id)
        self.saved = [each for each in self.saved if each.id != view_id]

    async def groups(self, token: str, query: Mapping[str, Any]) -> Groups:
        self.asked.append(query)
        return self.grouped

    async def reports(self, token: str, query: Mapping[str, Any]) -> Level:
        self.asked.append(query)
        above = next((user.email for user in self.users if user.user_id == query.get("of")), None)
        found = [user for user in self.users if user.reports_to == above]
        items = [self._report(user, int(query.get("levels", "1"))) for user in found]
        return Level(items=items, total=len(found))

    def _report(self, user: User, levels: int) -> Report:
        reports = [each for each in self.users if each.reports_to == user.email]
        below = [self._report(each, levels - 1) for each in reports] if levels > 1 else []
        return Report(**dict(user), reports=len(reports), below=below)

    async def export(self, token: str, kind: str, query: Mapping[str, Any]) -> Response:
        self.asked.append(query)
        return Response(kind)

    async def activity(self, token: str, query: Mapping[str, Any]) -> Activity:
        self.asked.append(query)
        return Activity(items=self.happened)

    async def users_of_line(self, token: str, line_id: UUID, query: Mapping[str, Any]) -> LineUsers:
        users = [Whom(user_id=user.user_id, email=user.email, name=user.full_name) for user in self.users]
        return LineUsers(items=[InLine(user=user) for user in users])

    async def activity_file(self, token: str, query: Mapping[str, Any]) -> Response:
        self.asked.append(query)
        return Response("activity")

    async def joined(self, token: str, query: Mapping[str, Any]) -> WhoJoined:
        if refusal := self.refuses.get("joined"):
            raise refusal
        self.asked.append(query)
        return self.who_joined

    async def user(self, token: str, user_id: UUID) -> UserWithHistory:
        found = next((user for user in self.users if user.user_id == str(user_id)), None)
        if found is None:
            raise not_found()
        return northwind.story(found)

    async def invite(self, token: str, fields: Mapping[str, Any]) -> User:
        return self._do("invite", fields)

    async def edit(self, token: str, user_id: UUID, fields: Mapping[str, Any]) -> EditedUser:
        return EditedUser(**dict(self._do("edit", (user_id, fields))), undo=self.undoable)

    async def named(self, token: str, user_ids: Sequence[str]) -> Sequence[User]:
        if refusal := self.refuses.get("named"):
            raise refusal
        return [user for user in self.users if user.user_id in user_ids]

    async def effects(self, token: str, action: str, user_ids: Sequence[str]) -> Effects:
        return Effects(reports=self.moving)

    async def act(self, token: str, action: Action, key: str) -> Done:
        self.keys.append(key)
        self._do("act", action)
        return Done(undo=self.undoable)

    async def undo(self, token: str, action_id: UUID) -> Done:
        self._do("undo", action_id)
        return Done(items=[DoneFor(user_id=user.user_id) for user in self.users[:2]])

    def _do(self, what: str, about: Any) -> User:
        if refusal := self.refuses.get(what):
            raise refusal
        self.told.append((what, about))
        return self.users[1]

    async def erasures(self, token: str, cursor: str | None) -> Erasures:
        return Erasures(items=self.erased, next_cursor=None if cursor else "older")

    async def erase(self, token: str, wanted: Mapping[str, Any]) -> None:
        if self.refusal:
            raise self.refusal
        self.told.append(("erase", dict(wanted)))

    async def directory_tokens(self, token: str) -> Sequence[DirectoryToken]:
        return self.directories

    async def make_directory_token(self, token: str, name: str) -> MadeDirectoryToken:
        if self.refusal:
            raise self.refusal
        self.told.append(("make_directory_token", name))
        return MadeDirectoryToken(id=str(uuid4()), name=name, token="usher_scim_secret")

    async def delete_directory_token(self, token: str, token_id: UUID) -> None:
        self.told.append(("delete_directory_token", token_id))

    async def offer(self, invitation: str) -> Offer:
        if isinstance(self.offered, Problem):
            raise self.offered
        return self.offered

    async def accept(self, invitation: str, records: str | None) -> None:
        if self.refusal:
            raise self.refusal
        self.accepted.append(records)


@dataclass
class FakeSessions:
    """Sessions in memory."""

    kept: dict[str, Tokens] = field(default_factory=dict[str, Tokens])
    signed_in: set[str] = field(default_factory=set[str])

    async def start(self, tokens: Tokens, lasts: timedelta) -> str:
        session_id = secrets.token_urlsafe(32)
        self.kept[session_id] = tokens
        return session_id

    async def read(self, session_id: str) -> Tokens | None:
        return self.kept.get(session_id)

    async def renew(self, session_id: str, renew: Renew) -> Tokens | None:
        fresh = await renew(self.kept[session_id])
        if fresh is None:
            del self.kept[session_id]
        else:
            self.kept[session_id] = fresh
        return fresh

    async def end(self, session_id: str) -> None:
        self.kept.pop(session_id, None)

    async def first(self, state: str, until: datetime) -> bool:
        first = state not in self.signed_in
        self.signed_in.add(state)
        return first


@dataclass
class FakeUserSelections:
    """One selection in memory, whatever the session."""

    kept: set[str] = field(default_factory=set[str])

    async def selected(self, session_id: str, shown: Sequence[str]) -> Selected:
        return Selected(len(self.kept), frozenset(self.kept & set(shown)))

    async def everyone(self, session_id: str) -> Sequence[str]:
        return sorted(self.kept)

    async def change(self, session_id: str, add: Collection[UUID], drop: Collection[UUID]) -> None:
        self.kept = (self.kept - set(map(str, drop))) | set(map(str, add))

    async def clear(self, session_id: str) -> None:
        self.kept.clear()


@dataclass
class FakeTeamColumnChoices:
    """Everybody's columns in memory."""

    kept: dict[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    async def chosen(self, who: Principal) -> Sequence[str] | None:
        return self.kept.get(who.subject)

    async def choose(self, who: Principal, columns: Sequence[str]) -> None:
        self.kept[who.subject] = columns

    async def forget(self, who: Principal) -> None:
        self.kept.pop(who.subject, None)


def tokens(access: str = "admin", seconds: float = 3600) -> Tokens:
    """What the issuer gives; the fake verifier reads `access` as who it is."""
    return Tokens(access=access, refresh="again", expires_at=datetime.now(UTC) + timedelta(seconds=seconds))


@dataclass
class FakeIssuer:
    """Signs everybody in as the admin."""

    refreshed: int = 0
    signs_in_as: str = "admin"
    lasts: timedelta = timedelta(minutes=10)
    gives: Tokens | None = field(default_factory=tokens)

    async def begin(self, then: str) -> tuple[str, Pending]:
        until = datetime.now(UTC) + self.lasts
        return "https://issuer.example/authorize", Pending(state="s", until=until, nonce="n", verifier="v", then=then)

    async def finish(self, pending: Pending, query: Mapping[str, str]) -> Tokens:
        if query.get("state") != pending.state:
            raise SignInFailed("another state")
        return tokens(self.signs_in_as)

    async def refresh(self, tokens: Tokens) -> Tokens | None:
        self.refreshed += 1
        return self.gives

    async def leave(self, tokens: Tokens, back: str) -> str | None:
        return None


class FakeVerifier:
    """Believes "admin", "manager" and "purchaser", and an admin whose address is "missing" or "unproved"."""

    async def verify(self, token: str) -> Principal:
        if token not in ("admin", "manager", "purchaser", "missing", "unproved"):
            raise TokenRefused(TOKEN_NOT_ACCEPTED)
        rights = frozenset({"manager": (), "purchaser": (AUTHORIZE_PURCHASES,)}.get(token, (MANAGE_USERS,)))
        mine = northwind.MARTA
        email, unproved = "" if token == "missing" else mine.email, token == "unproved"
        company = northwind.COMPANY_ID
        return Principal("marta", email, mine.name, company, rights, frozenset(), token, email_refuted=unproved)


@dataclass
class FakeStanding:
    """Who is out, by address."""

    out: set[str] = field(default_factory=set[str])

    async def is_out(self, who: Holder) -> bool:
        return who.email in self.out

    def refusal(self) -> Problem:
        return Problem(403, DEACTIVATED, IS_DEACTIVATED)


@dataclass
class Web:
    """The frontend and all that it was given."""

    uploads: FakeUploads = field(default_factory=FakeUploads)
    licensing: FakeLicensing = field(default_factory=FakeLicensing)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    selections: FakeUserSelections = field(default_factory=FakeUserSelections)
    choices: FakeTeamColumnChoices = field(default_factory=FakeTeamColumnChoices)
    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    standing: FakeStanding = field(default_factory=FakeStanding)
    permissions: Permissions = field(default_factory=TokenPermissions)
    production: bool = False
    sign_ins: RateLimit = field(default_factory=lambda: RateLimit("Wait a minute.", 1000))
    reminded_after: tuple[float, float] = (3, 7)
    listener: Heard = field(default_factory=Heard)
    streams: Streams | None = None
    crypto: SessionCrypto = field(default_factory=lambda: SessionCrypto("a key for tests that is long enough"))

    @property
    def deps(self) -> WebDependencies:
        return WebDependencies(
            renderer=RENDERER,
            uploads=self.uploads,
            licensing=self.licensing,
            webhooks=self.webhooks,
            streams=self.streams or Streams(self.listener),
            standing=self.standing,
            permissions=self.permissions,
            sessions=self.sessions,
            selections=self.selections,
            choices=self.choices,
            issuer=self.issuer,
            verifier=cast("TokenVerifier", FakeVerifier()),
            crypto=self.crypto,
            cookie=SessionCookie(self.production, timedelta(hours=12)),
            public_url="http://usher.example",
            scim_url="http://usher.example/scim/v2",
            sign_ins=self.sign_ins,
            reminded_after=self.reminded_after,
        )

    def app(self) -> FastAPI:
        return application(self.deps)

    def browser(self, access: str | None = "admin", *, raises: bool = True) -> httpx.AsyncClient:
        """A browser, signed in as `access`. Follows no redirect. `raises`: an error in a page is the test's too."""
        transport = httpx.ASGITransport(self.app(), raise_app_exceptions=raises)
        client = httpx.AsyncClient(transport=transport, base_url="http://usher.example")
        if access:
            self.sessions.kept["session"] = tokens(access)
            client.cookies.set("__Host-usher" if self.production else "usher", "session")
        return client

    @property
    def csrf(self) -> str:
        """What forms of that browser carry."""
        return self.crypto.form_token("session")

    def has(self, batch: Batch, rows: Sequence[Row] | None = None) -> str:
        """The company has this batch, with these rows; its path."""
        self.uploads.found[batch.id] = batch
        self.uploads.lines = northwind.GOOD_ROWS if rows is None else rows
        return f"/batches/{batch.id}"
