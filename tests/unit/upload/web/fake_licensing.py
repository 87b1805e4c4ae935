"""Licensing and notification, as the pages call them over HTTP, in memory."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from starlette.responses import Response

from services.upload.web.access_models import Access, Requested
from services.upload.web.activity_models import Activity, Happening, InLine, LineUsers, WhoJoined, Whom
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
from services.upload.web.webhooks import Delivery, DeliveryPage, NewSecret, Webhook
from shared.http.problems import Problem, not_found
from tests.unit.upload.web import northwind


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
