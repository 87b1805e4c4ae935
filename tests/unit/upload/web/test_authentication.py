"""Who gets in: cookies, sessions, permissions; and the headers that every answer has."""

import re
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi.routing import APIRoute

from services.upload.web.app import PAGES, mount
from services.upload.web.assets import Assets
from services.upload.web.pages.signin import local
from shared.core.settings import ServiceSettings
from shared.http.auth import pseudonym
from shared.http.problems import Problem
from shared.http.rate_limit import RateLimit
from shared.people.access import DEACTIVATED, IS_DEACTIVATED
from shared.service import create_app
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_sessions import FakeStanding, tokens
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


async def test_nobody_is_led_to_signing_in_and_back() -> None:
    async with Web().browser(None) as browser:
        answer = await browser.get("/team?status=waiting")
        assert answer.headers["location"] == "/signin?then=/team%3Fstatus%3Dwaiting"
        away = await browser.get(answer.headers["location"])
        assert away.headers["location"] == "https://issuer.example/authorize"
        back = await browser.get("/signin/callback?state=s&code=c")
    assert back.headers["location"] == "/team?status=waiting"
    assert back.cookies["usher"]


async def test_a_part_of_a_page_is_told_to_sign_in_as_a_whole() -> None:
    asking = {"HX-Request": "true", "HX-Current-URL": "http://usher.example/team?q=x"}
    async with Web().browser(None) as browser:
        answer = await browser.get("/team?q=xy", headers=asking)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/signin?then=/team%3Fq%3Dx"


async def test_signing_in_gives_a_new_session_and_ends_the_one_before() -> None:
    web = Web()
    async with web.browser() as browser:
        await browser.get("/signin")
        answer = await browser.get("/signin/callback?state=s&code=c")
    assert "session" not in web.sessions.kept
    assert answer.cookies["usher"] in web.sessions.kept


async def test_a_sign_in_under_way_is_over_on_the_server_too() -> None:
    """Whoever has the cookie may keep it for longer than a browser would."""
    web = Web()
    web.issuer.lasts = timedelta(0)
    async with web.browser(None) as browser:
        await browser.get("/signin")
        assert (await browser.get("/signin/callback?state=s&code=c")).status_code == 400
    assert not web.sessions.kept


async def test_a_sign_in_comes_back_once() -> None:
    web = Web()
    async with web.browser(None) as browser:
        pending = {"Cookie": (await browser.get("/signin")).headers["set-cookie"].partition(";")[0]}
        assert (await browser.get("/signin/callback?state=other&code=c", headers=pending)).status_code == 400
        assert (await browser.get("/signin/callback?state=s&code=c", headers=pending)).status_code == 303
        assert (await browser.get("/signin/callback?state=s&code=c", headers=pending)).status_code == 400
    assert len(web.sessions.kept) == 1


@pytest.mark.parametrize(
    ("production", "name"), [(True, "__Host-usher-signin"), (False, "usher-signin")], ids=["production", "development"]
)
async def test_the_cookie_of_a_sign_in_is_bound_to_this_host(production: bool, name: str) -> None:
    async with Web(production=production).browser(None) as browser:
        cookie = (await browser.get("/signin")).headers["set-cookie"]
    assert cookie.startswith(f"{name}=") and "Path=/;" in cookie and "Max-Age=600" in cookie
    assert "HttpOnly" in cookie and ("Secure" in cookie) is production and "domain" not in cookie.lower()


@pytest.mark.parametrize("query", ["state=other&code=c", "code=c", ""])
async def test_an_answer_to_another_question_signs_nobody_in(query: str) -> None:
    web = Web()
    async with web.browser(None) as browser:
        await browser.get("/signin")
        answer = await browser.get(f"/signin/callback?{query}")
    assert answer.status_code == 400
    assert "Signing in did not work" in answer.text
    assert not web.sessions.kept


async def test_an_answer_without_a_question_signs_nobody_in() -> None:
    web = Web()
    async with web.browser(None) as browser:
        assert (await browser.get("/signin/callback?state=s&code=c")).status_code == 400
    assert not web.sessions.kept


@pytest.mark.parametrize(("production", "name", "secure"), [(True, "__Host-usher", True), (False, "usher", False)])
async def test_the_sessions_cookie_is_out_of_reach(production: bool, name: str, secure: bool) -> None:
    async with Web(production=production).browser(None) as browser:
        asked = await browser.get("/signin")
        pending = asked.headers["set-cookie"].partition(";")[0]
        answer = await browser.get("/signin/callback?state=s&code=c", headers={"Cookie": pending})
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}="))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/;" in cookie
    assert ("Secure" in cookie) is secure


async def test_signing_out_ends_the_session() -> None:
    web = Web()
    async with web.browser() as browser:
        answer = await browser.post("/signout", data={"csrf": web.csrf})
    assert answer.headers["location"] == "/signed-out"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert not web.sessions.kept


async def test_a_token_is_renewed_before_it_ends() -> None:
    web = Web()
    async with web.browser() as browser:
        web.sessions.kept["session"] = tokens(seconds=20)
        assert (await browser.get("/team")).status_code == 200
        assert (await browser.get("/team")).status_code == 200
    assert web.issuer.refreshed == 1


async def test_a_session_that_is_not_renewed_is_over() -> None:
    web = Web()
    web.issuer.gives = None
    async with web.browser() as browser:
        web.sessions.kept["session"] = tokens(seconds=-1)
        assert (await browser.get("/team")).headers["location"].startswith("/signin")
    assert not web.sessions.kept


async def test_a_token_that_is_not_believed_ends_the_session() -> None:
    web = Web()
    async with web.browser("forged") as browser:
        assert (await browser.get("/team")).headers["location"].startswith("/signin")
    assert not web.sessions.kept


async def test_a_manager_sees_their_people_and_nothing_to_press() -> None:
    web = Web()
    async with web.browser("manager") as browser:
        team = await browser.get("/team")
        assert "You see the users who report up to you." in team.text
        assert "Invite/Change via Upload" not in team.text
        assert "Total Users" not in team.text
        for path in ("/upload", "/batches", web.has(northwind.batch()), "/template.xlsx"):
            refused = await browser.get(path)
            assert refused.status_code == 403
            assert "This page is for admins" in refused.text


async def test_another_plan_is_said_in_words() -> None:
    web = Web()
    web.licensing.refusal = Problem(403, "plan_required", "")
    async with web.browser() as browser:
        answer = await browser.get("/team")
    assert answer.status_code == 403
    assert "Your company’s plan does not include this" in answer.text
    for said in ("Paused until it does: My Team, inviting", "invitations that were sent can still be accepted"):
        assert said in answer.text


async def test_what_nobody_foresaw_is_a_page_that_tells_nothing() -> None:
    web = Web()
    web.licensing.breaks = ZeroDivisionError("secret detail")
    async with web.browser(raises=False) as browser:
        answer = await browser.get("/team")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret detail" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


async def test_an_error_takes_the_place_of_the_whole_content() -> None:
    async with Web().browser() as browser:
        answer = await browser.get("/nothing", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert answer.headers["hx-retarget"] == "#main"


@pytest.mark.parametrize("path", ["/team", "/join/token", "/nothing", "/signin", "/upload"])
async def test_every_answer_has_the_headers_that_protect_it(path: str) -> None:
    async with Web().browser() as browser:
        headers = (await browser.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'self'; img-src 'self' data:;")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in headers


async def test_production_is_for_tls_alone() -> None:
    async with Web(production=True).browser() as browser:
        headers = (await browser.get("/team")).headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "address",
    [None, "", "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/signin", "x"],
)
def test_nobody_is_led_elsewhere(address: str | None) -> None:
    assert local(address) == "/team"


def test_our_own_pages_are_led_to() -> None:
    assert local("/batches/1/review?kind=email") == "/batches/1/review?kind=email"


async def test_static_files_are_kept_for_a_year_under_their_content() -> None:
    url = Assets().url("usher.css")
    async with Web().browser(None) as browser:
        answer = await browser.get(url)
        assert "immutable" in answer.headers["cache-control"]
        assert (await browser.get(url.replace("/static/", "/static/0"))).status_code == 404
        assert (await browser.get("/static/..%2Fapp.py/x")).status_code == 404


def test_a_changed_file_has_another_address(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    before = Assets(tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("b")
    assert Assets(tmp_path).url("a.css") != before


async def test_too_many_sign_ins_from_one_address_are_told_to_wait() -> None:
    async with Web(sign_ins=RateLimit("Too many.", 2)).browser(None) as browser:
        statuses = [(await browser.get("/signin")).status_code for _ in range(3)]
        assert statuses == [303, 303, 429]
        late = await browser.get("/signin/callback?state=s&code=c")
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) >= 1


OPEN = ("/signin", "/signin/callback", "/signed-out", "/signout", "/join/{token}")
PLACES = {
    "batch_id": northwind.COMPLETED.id, "user_id": northwind.USERS[0].user_id, "action": "deactivate", "kind": "csv",
    "which": "original", "view_id": "0", "line_id": northwind.COMPLETED.id, "token_id": northwind.COMPLETED.id,
    "webhook_id": northwind.COMPLETED.id, "delivery_id": northwind.COMPLETED.id,
}  # fmt: skip
ROUTES = [
    (method, route.path.format(**PLACES))
    for page in PAGES
    for route in page.router.routes
    if isinstance(route, APIRoute) and route.path not in OPEN
    for method in sorted(route.methods or ())
]


@pytest.mark.parametrize("access", ["admin", "manager"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_who_was_deactivated_sees_that_and_can_only_sign_out(access: str, method: str, path: str) -> None:
    web = Web(standing=FakeStanding({northwind.MARTA.email}))
    web.has(northwind.COMPLETED)
    async with web.browser(access) as browser:
        answer = await browser.request(method, path, data=None if method == "GET" else {"csrf": web.csrf})
        assert answer.status_code == 403, "every page, every form and every stream"
        assert "Your account is deactivated" in answer.text
        assert re.findall(r'(?:href|action)="(/(?!static)[^"]*)"', answer.text) == ["/signout"]
        out = await browser.post("/signout", data={"csrf": web.csrf})
    assert out.status_code == 303 and not web.sessions.kept
    assert not web.uploads.told and not web.licensing.told


async def test_a_part_of_a_page_makes_the_whole_page_say_it() -> None:
    web = Web(standing=FakeStanding({northwind.MARTA.email}))
    async with web.browser() as browser:
        answer = await browser.get("/team?q=x", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (403, "true")


async def test_what_licensing_knows_first_is_said_too() -> None:
    web = Web()
    web.licensing.refusal = Problem(403, DEACTIVATED, IS_DEACTIVATED)
    async with web.browser() as browser:
        answer = await browser.get("/team")
    assert answer.status_code == 403 and "Your account is deactivated" in answer.text


@pytest.mark.parametrize("access", ["missing", "unproved"])
async def test_an_admin_needs_an_address_that_is_theirs(access: str) -> None:
    web = Web()
    async with web.browser(access) as browser:
        answer = await browser.get("/upload")
    assert answer.status_code == 403 and "does not say who you are" in answer.text


async def test_coming_and_going_and_each_refusal_are_audit_events() -> None:
    web = Web()
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with web.browser(None) as browser:
            await browser.get("/signin")
            await browser.get("/signin/callback?state=other&code=c")
            await browser.get("/signin")
            await browser.get("/signin/callback?state=s&code=c")
            session = browser.cookies["usher"]
            await browser.post("/team/invite", data={"csrf": "not ours"})
            await browser.post("/signout", data={"csrf": web.crypto.form_token(session)})
        async with web.browser("manager") as browser:
            await browser.get("/upload")
    told = [(line["event"], line["code"], line.get("who")) for line in lines if line.get("audit")]
    marta = pseudonym("marta")
    assert told[0][:2] == ("sign_in_failed", "")
    assert told[1:] == [
        ("signed_in", "", marta),
        ("refused", "csrf", marta),
        ("signed_out", "", marta),
        ("refused", "forbidden", marta),
    ]
    assert northwind.MARTA.email not in str([line for line in lines if line.get("audit")])


async def test_a_sign_in_whose_access_token_is_not_accepted_here_has_failed() -> None:
    """Else the browser would be led to the issuer and back for ever."""
    web = Web()
    web.issuer.signs_in_as = "stranger"
    async with web.browser(None) as browser:
        await browser.get("/signin")
        answer = await browser.get("/signin/callback?state=s&code=c")
    assert answer.status_code == 400 and not web.sessions.kept


async def test_the_line_of_a_page_says_whose_it_was() -> None:
    web = Web()
    app = create_app(ServiceSettings(), "upload", pool=None)
    mount(app, web.deps)
    web.sessions.kept["session"] = tokens("admin")
    cookies = {"usher": "session"}
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://usher.example", cookies=cookies
        ) as browser:
            assert (await browser.get("/team")).status_code == 200
            assert (await browser.get("/nothing")).status_code == 404
            browser.cookies.clear()
            assert (await browser.get("/team")).status_code == 303
    told = {(line["path"], line["status"]): line["who"] for line in lines if line["event"] == "request"}
    assert told == {("/team", 200): pseudonym("marta"), ("/nothing", 404): None, ("/team", 303): None}
