"""Streams of the running services: when they end, how many there may be, and that they leave nothing behind."""

import os
import re
import signal
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from threading import Thread
from uuid import uuid4

import httpx
import psutil
import pytest

from tests.e2e.operations.measured import back, open_streams
from tests.e2e.outside import Company, eventually, problem
from tests.patience import PATIENCE
from tests.stack import TestStack

VISITS = 200
SEATS = "/api/v1/seats/events"


class Browser:
    """My Team as a browser uses it: signed in on the issuer's page, by cookie alone."""

    def __init__(self, company: Company) -> None:
        self.http = httpx.Client(base_url=company.stack.url("upload"), follow_redirects=True, timeout=PATIENCE)
        page = self.http.get("/team")
        person = {"email": company.admin, "company_id": company.id, "admin": "on"}
        assert self.http.post(page.url, data=person).url.path == "/team"

    @contextmanager
    def live(self) -> Generator[Iterator[str]]:
        """My Team's stream, once it says something."""
        with self.http.stream("GET", "/team/live") as answer:
            answer.raise_for_status()
            lines = answer.iter_lines()
            assert next(lines).startswith("data:"), "the counts, and not just that the stream is alive"
            yield lines

    def visit(self) -> None:
        """The page and its stream, and away."""
        self.http.get("/team").raise_for_status()
        with self.live():
            pass

    def sign_out(self) -> None:
        """By the page's own form."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.http.get("/team").text)
        assert token
        self.http.post("/signout", data={"csrf": token[1]}, follow_redirects=False)


@contextmanager
def reading(company: Company, service: str, path: str) -> Generator[Future[None]]:
    """An API's stream that says something, being read to its end beside the block. It raises where that is no end but a
    break in the middle."""
    client = company.http if service == "upload" else company.team
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        lines = answer.iter_lines()
        assert next(lines).startswith("event:")
        yield to_its_end(lines)


def to_its_end(lines: Iterator[str]) -> Future[None]:
    """Reads on in a thread that nobody waits for: where a stream does not end, the test does."""
    ended = Future[None]()

    def read() -> None:
        try:
            for _ in lines:
                pass
            ended.set_result(None)
        except httpx.HTTPError as broken:
            ended.set_exception(broken)

    Thread(target=read, daemon=True).start()
    return ended


def held(stack: TestStack) -> list[int]:
    """Connections and descriptors of both services."""
    processes = [psutil.Process(pid) for service in ("upload", "licensing") for pid in stack.pids(service)]
    return [
        *(sum(one.status == "ESTABLISHED" for one in process.net_connections("tcp")) for process in processes),
        *(process.num_fds() for process in processes),
    ]


def test_visits_of_my_team_leave_no_connection_and_no_descriptor(running: TestStack, company: Company) -> None:
    browser = Browser(company)
    for _ in range(5):
        browser.visit()
    eventually(lambda: not open_streams(running), "the end of the first streams")
    before = held(running)
    for _ in range(VISITS):
        browser.visit()
    eventually(lambda: not open_streams(running), "the end of all streams")
    # Pools grow and shrink by a few; what is left behind by each visit would be hundreds.
    limits = [count + VISITS // 10 for count in before]
    eventually(lambda: all(now <= most for now, most in zip(held(running), limits, strict=True)), f"{before} again")


def test_a_stream_ends_when_its_session_is_signed_out(company: Company) -> None:
    browser, other = Browser(company), Browser(company)
    with browser.live() as lines, other.live():
        ended = to_its_end(lines)
        browser.sign_out()
        ended.result(PATIENCE)
        eventually(lambda: open_streams(company.stack) == 2, "the other session's alone, of upload and of licensing")


def test_streams_end_with_the_companys_plan(company: Company) -> None:
    review = company.rows(company.person("ada"))
    with reading(company, "upload", f"{review.url}/events") as batch, reading(company, "licensing", SEATS) as seats:
        company.provision(plan="basic")
        batch.result(PATIENCE)
        seats.result(PATIENCE)
    problem(company.team.get(SEATS), 403, "plan_required")
    problem(company.http.get(f"{review.url}/events"), 403, "plan_required")


def test_a_session_has_ten_streams_and_a_company_a_hundred(running: TestStack, company: Company) -> None:
    url = running.url("licensing")
    with ExitStack() as stack, httpx.Client(timeout=PATIENCE, limits=httpx.Limits(max_connections=None)) as client:

        def ask(token: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"}
            return stack.enter_context(client.stream("GET", f"{url}{SEATS}", headers=headers))

        for number in range(10):
            token = running.token(company.id, company.email(f"admin{number}"), "manage_users")
            assert [ask(token).status_code for _ in range(10)] == [200] * 10
            if number == 0:
                refused(ask(token))
        refused(ask(running.token(company.id, company.email("one-more"), "manage_users")))
    eventually(lambda: not open_streams(running), "the end of all of them")
    # Read here, by nobody beside: a connection that is closed while another thread waits at it ends with that wait.
    with company.team.stream("GET", SEATS) as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith("event:")
        assert open_streams(running) == 1


def test_a_browser_has_ten_streams_and_its_page_stays(running: TestStack, company: Company) -> None:
    browser = Browser(company)
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(browser.live())
        answer = browser.http.get("/team/live", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["hx-reswap"]) == (429, "none")
        assert browser.http.get("/team").status_code == 200
    eventually(lambda: not open_streams(running), "the end of all of them")


def refused(answer: httpx.Response) -> None:
    answer.read()
    problem(answer, 429, "too_many_streams")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("service", ["licensing", "upload"])
def test_who_is_told_to_stop_waits_for_no_stream(running: TestStack, company: Company, service: str) -> None:
    review = company.rows(company.person(uuid4().hex[:8]))
    path = SEATS if service == "licensing" else f"{review.url}/events"
    pids = running.pids(service)
    with reading(company, service, path) as stream:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        stream.result(PATIENCE)
    back(running, service, pids)
    assert any(f"{service} ended with code 0" in line for line in running.lines)
