"""The licensing service over its HTTP interface, asked from the server side with the admin's own token."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
import structlog
from pydantic import ValidationError
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from services.upload.web.access_models import Access, Requested
from services.upload.web.activity_models import Activity, LineUsers, WhoJoined
from services.upload.web.licensing_models import (
    DirectoryToken,
    DirectoryTokens,
    Done,
    EditedUser,
    Effects,
    Erasures,
    Groups,
    Level,
    MadeDirectoryToken,
    Offer,
    SavedView,
    SavedViews,
    Seats,
    Team,
    User,
    UserWithHistory,
)
from services.upload.web.service_answers import ask, refusal
from shared.http.callers import CallerSeal
from shared.http.problems import ProblemType, unavailable
from shared.http.sse import HEARTBEAT
from shared.observability.spans import carry

T = TypeVar(
    "T", Access, Requested, Activity, Done, EditedUser, Effects, Erasures, LineUsers, SavedView, SavedViews, Seats,
    Team, Groups, Level, Offer, User, DirectoryTokens, MadeDirectoryToken,
    UserWithHistory, WhoJoined,
)  # fmt: skip

log = structlog.stdlib.get_logger(__name__)

_FILE_HEADERS = ("content-type", "content-disposition")
_MANY = 60
"""Seconds that an action on thousands may take."""
_QUIET = 3 * HEARTBEAT
"""Seconds after which a stream without even a heartbeat is taken to be broken."""
_STREAMS = 500
"""Streams that a process has of licensing at most. Who comes next sees the page as it was; their browser asks again."""
_DATA = "data:"
_AWAY = ProblemType(503, "unavailable", "Licenses and users can’t be read just now.")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do for many users; `fields` for those that set some, `methodology` for those about one."""

    action: str
    user_ids: Sequence[str]
    fields: Mapping[str, Any]
    with_reports: bool = False
    """To reactivate: who reported to them does so again."""
    methodology: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """The body as licensing takes it; what was added later only where it says something."""
        added = {"with_reports": self.with_reports, "methodology": self.methodology}
        said = {name: value for name, value in added.items() if value}
        return {**{name: value for name, value in asdict(self).items() if name not in added}, **said}


class Licensing(Protocol):
    """What the pages ask of licensing. Refusals are Problems with licensing's code."""

    async def seats(self, token: str) -> Seats:
        """The company's licenses."""
        ...

    async def access(self, token: str) -> Access:
        """What the company has bought, who may buy more, and what was asked for."""
        ...

    async def ask_for_more(self, token: str, wanted: Mapping[str, Any], key: str) -> Requested:
        """Ask for more licenses and seats; the same key again asks once. Problem 404, 409, 422."""
        ...

    def watch_seats(self, token: str) -> AsyncGenerator[Seats]:
        """The company's licenses now, and again whenever they have changed, until the token or licensing ends it."""
        ...

    async def team(self, token: str, query: Mapping[str, Any]) -> Team:
        """One page of My Team."""
        ...

    async def groups(self, token: str, query: Mapping[str, Any]) -> Groups:
        """One page of its groups."""
        ...

    async def reports(self, token: str, query: Mapping[str, Any]) -> Level:
        """Who reports to `of` directly; without it, the top. Problem 404."""
        ...

    async def export(self, token: str, kind: str, query: Mapping[str, Any]) -> Response:
        """All of it as a file, "xlsx" or "csv"."""
        ...

    async def activity(self, token: str, query: Mapping[str, Any]) -> Activity:
        """One page of what happened in the company."""
        ...

    async def users_of_line(self, token: str, line_id: UUID, query: Mapping[str, Any]) -> LineUsers:
        """One page of the users of a line of it. Problem 404."""
        ...

    async def activity_file(self, token: str, query: Mapping[str, Any]) -> Response:
        """All of it as csv."""
        ...

    async def joined(self, token: str, query: Mapping[str, Any]) -> WhoJoined:
        """How many of those invited have joined."""
        ...

    async def user(self, token: str, user_id: UUID) -> UserWithHistory:
        """One user with their history. Problem 404."""
        ...

    async def invite(self, token: str, fields: Mapping[str, Any]) -> User:
        """Invite one. Problem 409 `licenses_exceeded`, `user_exists`; 422 with `errors`, each with its column."""
        ...

    async def edit(self, token: str, user_id: UUID, fields: Mapping[str, Any]) -> EditedUser:
        """Change these fields; None clears one. Problem 409 `email_fixed`, `user_exists`; 422 as for inviting."""
        ...

    async def named(self, token: str, user_ids: Sequence[str]) -> Sequence[User]:
        """The users with these ids, a page of them at most, in this order; who is not there (any more) is left out."""
        ...

    async def effects(self, token: str, action: str, user_ids: Sequence[str]) -> Effects:
        """What an action would do to others than these."""
        ...

    async def act(self, token: str, action: Action, key: str) -> Done:
        """Do one thing for many, all or nothing; the same key again does it once. Problem 409, 404 with `items`, each
        with `user_id` and `message`; 422 with `errors`."""
        ...

    async def undo(self, token: str, action_id: UUID) -> Done:
        """Take back at once what was done. Problem 404, 409 with `items` where it is about some, 410, 429."""
        ...

    async def views(self, token: str) -> Sequence[SavedView]:
        """The looks at My Team that the caller sees, by name."""
        ...

    async def save_view(self, token: str, view: Mapping[str, Any]) -> SavedView:
        """Keep a look. Problem 409 `view_name_taken`, `too_many_views`, `too_many_shared_views`."""
        ...

    async def change_view(self, token: str, view_id: str, view: Mapping[str, Any]) -> SavedView:
        """Make it this one. Problem 404, 403 `not_your_view`, and those of keeping one."""
        ...

    async def delete_view(self, token: str, view_id: str) -> None:
        """Keep it no longer. Problem 404, 403."""
        ...

    async def erasures(self, token: str, cursor: str | None) -> Erasures:
        """Who was to be forgotten, newest first."""
        ...

    async def erase(self, token: str, wanted: Mapping[str, Any]) -> None:
        """Forget somebody who has left. Problem 409 `still_member`, 404 `nobody_to_erase`, 422."""
        ...

    async def directory_tokens(self, token: str) -> Sequence[DirectoryToken]:
        """The tokens of the company's directory."""
        ...

    async def make_directory_token(self, token: str, name: str) -> MadeDirectoryToken:
        """A new one. Problem 409 `too_many_tokens`."""
        ...

    async def delete_directory_token(self, token: str, token_id: UUID) -> None:
        """Revoke one. Problem 404."""
        ...

    async def offer(self, invitation: str) -> Offer:
        """What a personal link offers. Problem 404 or 410."""
        ...

    async def accept(self, invitation: str, records: str | None) -> None:
        """Accept it. Problem 409 `records_required`, 404 or 410."""
        ...


class HttpLicensing:
    """Licensing at its address, over kept connections."""

    def __init__(self, url: str, seal: CallerSeal, transport: httpx.AsyncBaseTransport | None = None) -> None:
        hooks = {"request": [carry, seal.carry]}
        self._client = httpx.AsyncClient(base_url=url, timeout=10, transport=transport, event_hooks=hooks)
        # Streams stay open: each takes a connection, and must not take it from the calls.
        self._streams = httpx.AsyncClient(
            base_url=url,
            timeout=httpx.Timeout(10, read=_QUIET, pool=1),
            transport=transport,
            event_hooks=hooks,
            limits=httpx.Limits(max_connections=_STREAMS),
        )

    async def __aenter__(self) -> "HttpLicensing":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        await self._streams.aclose()

    async def seats(self, token: str) -> Seats:
        """See Licensing."""
        return _read(Seats, await self._ask("GET", "/api/v1/seats", token))

    async def access(self, token: str) -> Access:
        """See Licensing."""
        return _read(Access, await self._ask("GET", "/api/v1/access", token))

    async def ask_for_more(self, token: str, wanted: Mapping[str, Any], key: str) -> Requested:
        """See Licensing."""
        headers = {"Idempotency-Key": key}
        answer = await self._ask("POST", "/api/v1/access/requests", token, json=wanted, headers=headers)
        return _read(Requested, answer)

    async def watch_seats(self, token: str) -> AsyncGenerator[Seats]:
        """See Licensing."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        try:
            async with self._streams.stream("GET", "/api/v1/seats/events", headers=headers) as answer:
                if not answer.is_success:
                    await answer.aread()
                    raise refusal(answer, _AWAY)
                async for line in answer.aiter_lines():
                    if line.startswith(_DATA):
                        yield _read(Seats, json.loads(line.removeprefix(_DATA)))
        except httpx.HTTPError as error:
            raise unavailable(_AWAY) from error

    async def team(self, token: str, query: Mapping[str, Any]) -> Team:
        """See Licensing."""
        return _read(Team, await self._ask("GET", "/api/v1/team", token, params=query))

    async def groups(self, token: str, query: Mapping[str, Any]) -> Groups:
        """See Licensing."""
        return _read(Groups, await self._ask("GET", "/api/v1/team/groups", token, params=query))

    async def reports(self, token: str, query: Mapping[str, Any]) -> Level:
        """See Licensing."""
        return _read(Level, await self._ask("GET", "/api/v1/team/reports", token, params=query))

    async def export(self, token: str, kind: str, query: Mapping[str, Any]) -> Response:
        """See Licensing. It is passed on as it comes: a file may hold 100,000 users."""
        return await self._file(f"/api/v1/team/export.{kind}", token, query)

    async def activity(self, token: str, query: Mapping[str, Any]) -> Activity:
        """See Licensing."""
        return _read(Activity, await self._ask("GET", "/api/v1/activity", token, params=query))

    async def users_of_line(self, token: str, line_id: UUID, query: Mapping[str, Any]) -> LineUsers:
        """See Licensing."""
        return _read(LineUsers, await self._ask("GET", f"/api/v1/activity/{line_id}/users", token, params=query))

    async def activity_file(self, token: str, query: Mapping[str, Any]) -> Response:
        """See Licensing."""
        return await self._file("/api/v1/activity.csv", token, query)

    async def joined(self, token: str, query: Mapping[str, Any]) -> WhoJoined:
        """See Licensing."""
        return _read(WhoJoined, await self._ask("GET", "/api/v1/team/joined", token, params=query))

    async def _file(self, path: str, token: str, query: Mapping[str, Any]) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        asked = self._client.build_request("GET", path, params=query, headers=headers, timeout=_MANY)
        try:
            answer = await self._client.send(asked, stream=True)
        except httpx.HTTPError as error:
            raise unavailable(_AWAY) from error
        if not answer.is_success:
            await answer.aread()
            await answer.aclose()
            raise refusal(answer, _AWAY)
        kept = {name: answer.headers[name] for name in _FILE_HEADERS if name in answer.headers}
        return StreamingResponse(answer.aiter_bytes(), headers=kept, background=BackgroundTask(answer.aclose))

    async def user(self, token: str, user_id: UUID) -> UserWithHistory:
        """See Licensing."""
        return _read(UserWithHistory, await self._ask("GET", f"/api/v1/team/{user_id}", token))

    async def invite(self, token: str, fields: Mapping[str, Any]) -> User:
        """See Licensing."""
        return _read(User, await self._ask("POST", "/api/v1/team", token, json=fields))

    async def edit(self, token: str, user_id: UUID, fields: Mapping[str, Any]) -> EditedUser:
        """See Licensing."""
        return _read(EditedUser, await self._ask("PATCH", f"/api/v1/team/{user_id}", token, json=fields))

    async def named(self, token: str, user_ids: Sequence[str]) -> Sequence[User]:
        """See Licensing. A page of them at most: one call."""
        if not user_ids:
            return []
        found = await self.team(token, {"user_id": list(user_ids), "limit": str(len(user_ids))})
        by_id = {user.user_id: user for user in found.items}
        return [by_id[user_id] for user_id in user_ids if user_id in by_id]

    async def effects(self, token: str, action: str, user_ids: Sequence[str]) -> Effects:
        """See Licensing."""
        asked = {"action": action, "user_ids": list(user_ids)}
        return _read(Effects, await self._ask("POST", "/api/v1/team/actions/effects", token, json=asked))

    async def act(self, token: str, action: Action, key: str) -> Done:
        """See Licensing."""
        headers = {"Idempotency-Key": key}
        answer = await self._ask(
            "POST", "/api/v1/team/actions", token, json=action.body, timeout=_MANY, headers=headers
        )
        return _read(Done, answer)

    async def undo(self, token: str, action_id: UUID) -> Done:
        """See Licensing. Pressed twice it is done once, and answered alike."""
        headers = {"Idempotency-Key": f"undo-{action_id}"}
        path = f"/api/v1/team/actions/{action_id}/undo"
        return _read(Done, await self._ask("POST", path, token, timeout=_MANY, headers=headers))

    async def views(self, token: str) -> Sequence[SavedView]:
        """See Licensing."""
        return _read(SavedViews, await self._ask("GET", "/api/v1/views", token, params={"limit": "1000"})).items

    async def save_view(self, token: str, view: Mapping[str, Any]) -> SavedView:
        """See Licensing."""
        return _read(SavedView, await self._ask("POST", "/api/v1/views", token, json=view))

    async def change_view(self, token: str, view_id: str, view: Mapping[str, Any]) -> SavedView:
        """See Licensing."""
        return _read(SavedView, await self._ask("PUT", f"/api/v1/views/{quote(view_id, safe='')}", token, json=view))

    async def delete_view(self, token: str, view_id: str) -> None:
        """See Licensing."""
        await self._ask("DELETE", f"/api/v1/views/{quote(view_id, safe='')}", token)

    async def erasures(self, token: str, cursor: str | None) -> Erasures:
        """See Licensing."""
        where = f"/api/v1/erasures?cursor={quote(cursor, safe='')}" if cursor else "/api/v1/erasures"
        return _read(Erasures, await self._ask("GET", where, token))

    async def erase(self, token: str, wanted: Mapping[str, Any]) -> None:
        """See Licensing."""
        await self._ask("POST", "/api/v1/erasures", token, json=dict(wanted))

    async def directory_tokens(self, token: str) -> Sequence[DirectoryToken]:
        """See Licensing."""
        return _read(DirectoryTokens, await self._ask("GET", "/api/v1/scim/tokens", token)).items

    async def make_directory_token(self, token: str, name: str) -> MadeDirectoryToken:
        """See Licensing."""
        made = await self._ask("POST", "/api/v1/scim/tokens", token, json={"name": name})
        return _read(MadeDirectoryToken, made)

    async def delete_directory_token(self, token: str, token_id: UUID) -> None:
        """See Licensing."""
        await self._ask("DELETE", f"/api/v1/scim/tokens/{token_id}", token)

    async def offer(self, invitation: str) -> Offer:
        """See Licensing."""
        return _read(Offer, await self._ask("GET", f"/api/v1/invitations/{quote(invitation, safe='')}"))

    async def accept(self, invitation: str, records: str | None) -> None:
        """See Licensing."""
        body = {"records": records} if records else {}
        await self._ask("POST", f"/api/v1/invitations/{quote(invitation, safe='')}/accept", json=body)

    async def _ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        return await ask(self._client, _AWAY, method, path, headers=headers, **more)


def _read(shape: type[T], data: Any) -> T:
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        log.error("licensing_answer_not_understood", shape=shape.__name__, problems=error.error_count())
        raise unavailable(_AWAY) from error
