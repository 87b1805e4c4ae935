"""The invitation before it goes: by the same templates, marked as a sample, for our own services alone."""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.notification.api.routes_internal import router
from services.notification.application.preview_invitation import PreviewInvitation
from services.notification.domain.mail.decide import mail_decider
from services.upload.application.notification_client import HttpNotification, InvitedPerson, Inviter
from shared.http.callers import CallerSeal, CallersMiddleware
from shared.http.problems import Problem
from tests.unit.notification.examples import AT, EMAIL, POLICY, SAMPLE, WITH_A_MESSAGE
from tests.unit.notification.written_mails import COMPANY, COMPOSER, LINK, Words, part, written

pytestmark = pytest.mark.anyio
ADMIN = "marta.lindqvist@northwind.example"
SEAL = CallerSeal([b"a key that is long enough for services"])


async def problem(_: Request, refused: Exception) -> Response:
    assert isinstance(refused, Problem)
    return refused.response()


def service() -> FastAPI:
    app = FastAPI()
    store = None  # a preview writes nothing
    app.state.preview = PreviewInvitation(
        store,  # pyright: ignore[reportArgumentType]
        mail_decider(POLICY),
        COMPOSER,
        Address("Usher", "no-reply", "usher.example"),
        lambda: AT,
        timedelta(days=14),
    )
    app.include_router(router)
    app.add_exception_handler(Problem, problem)
    app.add_middleware(CallersMiddleware, seal=SEAL)
    return app


def test_a_preview_is_what_will_be_sent_but_for_its_link() -> None:
    preview = COMPOSER.preview(SAMPLE, COMPANY)
    mail = written(WITH_A_MESSAGE)
    assert preview.subject == mail["Subject"]
    sent = Words(part(mail, "html").replace(LINK, "https://usher.example/join/sample"))
    shown = Words(preview.html)
    assert shown.text.split() == sent.text.split()
    assert (shown.links, bool(sent.links)) == ([], True)
    assert " ".join(preview.text.split()) == " ".join(part(mail, "plain").split()).replace(
        LINK, "https://usher.example/join/sample"
    )


def test_a_sample_says_that_it_is_one_and_leads_nowhere() -> None:
    mail = written(SAMPLE, recipient=ADMIN)
    assert mail["Subject"] == "Sample: Marta Lindqvist invites you to Northwind Trading"
    for kind in ("plain", "html"):
        said = " ".join(Words(part(mail, kind)).text.split())
        assert "This is a sample that you asked for. Nobody has been invited by it" in said
        assert "Marta Lindqvist writes: “Welcome aboard: we start on Monday.”" in said
        assert EMAIL in said
    assert set(Words(part(mail, "html")).links) == {"https://usher.example/join/sample"}


async def test_upload_is_shown_both_variants() -> None:
    notification = HttpNotification("http://notification", SEAL, httpx.ASGITransport(service()))
    async with notification:
        by = Inviter(ADMIN, "Marta Lindqvist", "Welcome <b>aboard</b>.")
        new, planned = await notification.preview(COMPANY, by, InvitedPerson(EMAIL, "Yusuf", "Demir"))
    assert (new.variant, planned.variant, new.language) == ("new_user", "individual_plan", "en")
    assert "transfer your records" not in new.text
    assert "transfer your records" in planned.text
    assert all(
        "Welcome &lt;b&gt;aboard&lt;/b&gt;." in each.html and "Hello Yusuf," in each.text for each in (new, planned)
    )


@pytest.mark.parametrize("headers", [{}, {"X-Usher-Caller": "0" * 64 + " 1 127.0.0.1"}, {"Authorization": "Bearer x"}])
@pytest.mark.parametrize("path", ["/internal/invitation-previews", "/internal/invitation-samples"])
async def test_nobody_else_is_answered(path: str, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service()), base_url="http://notification") as client:
        answer = await client.post(path, json={}, headers=headers)
    assert answer.status_code == 403
    assert "/internal" not in str(service().openapi())


async def test_who_is_away_is_said() -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    for transport in (httpx.MockTransport(away), httpx.MockTransport(lambda _: httpx.Response(200, json={"items": 1}))):
        async with HttpNotification("http://notification", SEAL, transport) as notification:
            with pytest.raises(Problem) as refused:
                await notification.preview(COMPANY, Inviter(ADMIN, "Marta", None), InvitedPerson(EMAIL, "", ""))
        assert (refused.value.status, refused.value.code) == (503, "unavailable")
