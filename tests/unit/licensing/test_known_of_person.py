"""Everything that is known of a person: from all services or not at all, for the platform alone."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import openpyxl
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from services.licensing.api.routes_persons import router
from services.licensing.application.known_of_person import KnownOfPerson, OtherServices
from services.licensing.formats.export.xlsx_file import WorkbookFile
from shared.core.settings import ServiceKeySettings, ServiceSettings
from shared.erasure.known import Known
from shared.erasure.known_routes import PATH, known_router
from shared.erasure.person import AddressDigests, Person
from shared.http.auth import Principal, TokenRefused
from shared.http.callers import CallerSeal
from shared.http.problem_types import TOKEN_NOT_ACCEPTED
from shared.people.access import PLATFORM_SCOPE
from shared.service import create_app

pytestmark = pytest.mark.anyio

ANA = "ana.quillfeather@northwind.example"
DIGESTS = AddressDigests("a key of the test's own, long enough for it")
AT = datetime(2027, 3, 1, 8, 30, tzinfo=UTC)


class Nowhere:
    """A database in which no address has a plan."""

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[Nowhere]:
        yield self

    async def fetch(self, _: str) -> list[Any]:
        return []


NOWHERE: Any = Nowhere()
WHO = {
    "program": Principal("p", "", "", None, frozenset(), frozenset({PLATFORM_SCOPE}), "program"),
    "admin": Principal("a", "a@x.example", "A", "0" * 8, frozenset({"manage_users"}), frozenset(), "admin"),
}


class Settings(ServiceKeySettings, ServiceSettings):
    """A service that calls, or is called."""


SEAL = CallerSeal(Settings().service_keys)


class Verifier:
    async def verify(self, token: str) -> Principal:
        if token not in WHO:
            raise TokenRefused(TOKEN_NOT_ACCEPTED)
        return WHO[token]


@dataclass
class Box:
    """A place that knows one thing of Ana."""

    name: str
    said: str

    async def erase(self, pool: Any, person: Person) -> int:
        raise NotImplementedError

    async def known(self, pool: Any, person: Person) -> AsyncIterator[Known]:
        if person.has_address(ANA):
            yield Known(self.name, "1", {"first_name": self.said}, "thing.v1", AT)


def other(name: str) -> FastAPI:
    app = create_app(Settings(), name, pool=None)
    app.include_router(known_router([Box(f"{name}s", f"Ana of {name}")], DIGESTS))
    return app


@dataclass
class Services:
    """The services by their hosts; those that are away refuse."""

    apps: Mapping[str, FastAPI] = field(default_factory=lambda: {n: other(n) for n in ("upload", "notification")})
    away: Sequence[str] = ()
    answer: bytes | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host
        if name in self.away:
            raise httpx.ConnectError("refused")
        if self.answer is not None:
            return httpx.Response(200, content=self.answer)
        return await httpx.ASGITransport(self.apps[name]).handle_async_request(request)


class Transport(httpx.AsyncBaseTransport):
    def __init__(self, services: Services) -> None:
        self.services = services

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.services.handle_async_request(request)


def client(services: Services | None = None) -> httpx.AsyncClient:
    urls = {name: f"http://{name}" for name in ("upload", "notification")}
    others = OtherServices(urls, SEAL, Transport(services or Services()))
    app = create_app(Settings(), "licensing", pool=None)
    app.state.verifier = Verifier()
    app.state.known_of_person = KnownOfPerson(NOWHERE, [Box("users", "Ana of licensing")], DIGESTS, others.sources)
    app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def ask(services: Services | None = None, email: str = ANA, who: str = "program", **more: Any) -> httpx.Response:
    async with client(services) as asking:
        headers = {"Authorization": f"Bearer {who}", **more.pop("headers", {})}
        return await asking.get(f"/api/v1/persons/{email}", headers=headers, **more)


async def test_it_is_told_from_every_service() -> None:
    answer = await ask()
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said["email"] == ANA
    assert [(item["service"], item["place"], item["values"]) for item in said["items"]] == [
        ("licensing", "users", {"first_name": "Ana of licensing"}),
        ("upload", "uploads", {"first_name": "Ana of upload"}),
        ("notification", "notifications", {"first_name": "Ana of notification"}),
    ]
    assert {item["at"] for item in said["items"]} == {"2027-03-01T08:30:00Z"}


@pytest.mark.parametrize(
    "asked",
    [{"params": {"format": "xlsx"}}, {"headers": {"Accept": WorkbookFile.media_type}}],
    ids=["format", "Accept"],
)
async def test_it_is_told_as_a_workbook_with_the_same_in_it(asked: dict[str, Any]) -> None:
    answer = await ask(**asked)
    assert answer.headers["content-type"] == WorkbookFile.media_type
    assert ANA.partition("@")[0] not in answer.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
    head, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert head == ["Service", "Place", "Id", "Type", "At", "Field", "Value"]
    assert [(row[0], row[5], row[6]) for row in rows] == [
        (name, "first_name", f"Ana of {name}") for name in ("licensing", "upload", "notification")
    ]


@pytest.mark.parametrize("away", [["upload"], ["upload", "notification"]])
async def test_while_a_service_is_away_nothing_is_told_and_it_is_named(away: list[str]) -> None:
    answer = await ask(Services(away=away))
    said = answer.json()
    assert (answer.status_code, said["code"], said["missing"]) == (503, "unavailable", away)
    assert all(name in said["detail"] for name in away)
    assert int(answer.headers["retry-after"]) > 0
    assert "Ana" not in answer.text


@pytest.mark.parametrize("answer", [b"{", b"[]", b'{"items": [{"place": 3}]}'])
async def test_what_nobody_understands_is_as_good_as_away(answer: bytes) -> None:
    assert (await ask(Services(answer=answer))).json()["missing"] == ["upload", "notification"]


async def test_of_whom_nobody_knows_nothing_is_known() -> None:
    answer = await ask(email="nobody@northwind.example")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_what_is_no_address_is_refused() -> None:
    answer = await ask(email="nobody")
    assert (answer.status_code, answer.json()["code"]) == (422, "email_invalid")


@pytest.mark.parametrize(("who", "status"), [("admin", 403), ("stranger", 401)])
async def test_only_the_platform_is_told(who: str, status: int) -> None:
    assert (await ask(who=who)).status_code == status


async def test_who_asked_is_counted_and_not_about_whom(caplog: pytest.LogCaptureFixture) -> None:
    def shown() -> float:
        labels = {"event": "person_shown", "code": "json"}
        return REGISTRY.get_sample_value("usher_audit_events_total", labels) or 0

    before = shown()
    await ask()
    assert shown() == before + 1
    assert ANA not in caplog.text


async def test_a_service_tells_nobody_but_services_of_ours() -> None:
    transport = httpx.ASGITransport(other("upload"))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
        answer = await asking.post(PATH, json={"email": ANA})
        told = await asking.post(PATH, json={"email": ANA}, headers={"X-Usher-Caller": SEAL.seal("")})
    assert answer.status_code == 403
    assert told.status_code == 200 and len(told.json()["items"]) == 1
