"""The second wall: PostgreSQL's row security shows a request its own company's rows, whatever its queries ask for.

A service signs in as a role that owns no table. What it may see stands in the session setting `usher.company_id`: a
company's id, EVERYBODY, or NOBODY. Who says so:

- A request begins with NOBODY. What its token says about the company is bound where the token is checked
  (shared/http/auth.py), and holds for all that the request does; there is no query that has to think of it.
- What works for all companies (relay, inbox, leased jobs, housekeeping) runs outside of requests, with EVERYBODY.
- Owners of the tables (migrations, rebuild, dead letters, restore) are not subject to row security.

The setting is put on a connection as it is taken from the pool, where it is not the right one already.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from shared.postgres.wakeups import WakingConnection

EVERYBODY, NOBODY = "*", ""
SETTING = "usher.company_id"

_bound: ContextVar[str] = ContextVar("usher_company", default=EVERYBODY)


def role_of(service: str) -> str:
    """The role that the service signs in as. It owns no table, so row security holds for it."""
    return f"{service}_service"


def bind(company_id: str | UUID) -> None:
    """From here on this task sees that company's rows, or EVERYBODY's."""
    _bound.set(str(company_id))


@contextmanager
def within(company_id: str | UUID) -> Generator[None]:
    """Inside, this task sees that company's rows."""
    before = _bound.set(str(company_id))
    try:
        yield
    finally:
        _bound.reset(before)


class TenantConnection(WakingConnection):
    """A pool's connection that knows whose rows it shows, so that it is told only when that changes."""

    __slots__ = ("_shown",)

    async def show(self, company: str) -> None:
        """Shows that company's rows from now on."""
        if getattr(self, "_shown", None) != company:
            await self.execute(f"SELECT set_config('{SETTING}', $1, false)", company)
            self._shown = company


async def enter(connection: Any) -> None:
    """A pool's `setup`: the connection shows what the task that takes it may see."""
    await connection.show(_bound.get())


class TenancyMiddleware:
    """ASGI middleware: a request sees nobody's rows until it is known whose it may see."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with within(NOBODY):
            await self._app(scope, receive, send)
