"""Who is signed in, by which issuer, and what a session keeps, in memory."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.upload.web.oidc import Pending, SignInFailed
from services.upload.web.sessions import Renew, Tokens
from services.upload.web.user_selection import Selected
from shared.http.auth import Principal, TokenRefused
from shared.http.problem_types import TOKEN_NOT_ACCEPTED
from shared.http.problems import Problem
from shared.http.standing import Holder
from shared.people.access import AUTHORIZE_PURCHASES, DEACTIVATED, IS_DEACTIVATED, MANAGE_USERS
from tests.unit.upload.web import northwind


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
