"""Batches as a to-do list: what waits for whom, what is filtered, what is tidied away."""

import re
from datetime import UTC, datetime

import pytest

from services.upload.read_models.batches.view import Approval, Batch, Person
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio

MARTA = northwind.MARTA
PRIYA = Person(email="priya@northwind.example", name="Priya Raman")


def named(number: int, name: str, status: str, by: Person = MARTA, **other: object) -> Batch:
    return northwind.batch(status, id=northwind.UUID(int=number), file_name=f"{name}.xlsx", uploaded_by=by, **other)


def asked_by(person: Person) -> Approval:
    return Approval(asked_by=person, asked_at=northwind.NOW)


ALL = (
    named(1, "wrong", "needs_correction"),
    named(2, "ready", "ready_for_review"),
    named(3, "theirs", "needs_correction", PRIYA),
    named(4, "to-approve", "awaiting_approval", PRIYA, approval=asked_by(PRIYA)),
    named(5, "asked", "awaiting_approval", approval=asked_by(MARTA)),
    named(6, "done", "completed"),
    named(7, "away", "cancelled", tidied=True),
    named(8, "wrong-away", "needs_correction", tidied=True),
)


def full() -> Web:
    web = Web()
    for batch in ALL:
        web.has(batch)
    return web


async def listed(web: Web, query: str = "") -> list[str]:
    """The names of the files in the list."""
    async with web.browser() as browser:
        text = (await browser.get(f"/batches{query}")).text
    return re.findall(r'role="rowheader"><a href="/batches/[0-9a-f-]+">([\w-]+)\.xlsx', text)


async def test_what_waits_for_the_reader_is_counted_on_every_page() -> None:
    web = full()
    async with web.browser() as browser:
        for path in ("/team", "/batches", "/upload"):
            text = (await browser.get(path)).text
            nav = re.findall(r'<nav aria-label="Main">.*?</nav>', text, re.DOTALL)[0]
            assert ">3</b>" in nav and "3 wait for you" in nav, path
    async with Web().browser() as browser:
        assert "wait for you" not in (await browser.get("/batches")).text


async def test_what_waits_is_what_one_uploaded_or_is_asked_to_approve() -> None:
    assert await listed(full(), "?kind=yours") == ["wrong", "ready", "to-approve"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["wrong", "ready", "theirs", "to-approve", "asked", "done"]),
        ("?kind=open", ["wrong", "ready", "theirs", "to-approve", "asked"]),
        ("?kind=completed", ["done"]),
        ("?kind=dropped", []),
        ("?kind=tidied", ["away", "wrong-away"]),
        ("?kind=nonsense", ["wrong", "ready", "theirs", "to-approve", "asked", "done"]),
        ("?who=priya@northwind.example", ["theirs", "to-approve"]),
        ("?kind=open&who=priya@northwind.example", ["theirs", "to-approve"]),
        ("?since=not-a-day&until=2026-13-40", ["wrong", "ready", "theirs", "to-approve", "asked", "done"]),
    ],
)
async def test_the_list_is_filtered_by_kind_and_person(query: str, names: list[str]) -> None:
    assert await listed(full(), query) == names


async def test_days_are_those_of_the_reader_and_whole() -> None:
    web = Web()
    web.has(
        named(1, "late", "completed").model_copy(update={"uploaded_at": datetime(2026, 11, 20, 23, 30, tzinfo=UTC)})
    )
    async with web.browser() as browser:
        found = list[bool]()
        for zone, day in (("UTC", 20), ("UTC", 21), ("Europe/Oslo", 20), ("Europe/Oslo", 21)):
            browser.cookies.set("zone", zone)
            text = (await browser.get(f"/batches?since=2026-11-{day}&until=2026-11-{day}")).text
            found.append("late.xlsx" in text)
    assert found == [True, False, False, True]


async def test_another_kind_keeps_the_other_filters() -> None:
    async with full().browser() as browser:
        text = (await browser.get("/batches?who=priya@northwind.example&since=2026-11-01")).text
    assert 'href="/batches?kind=open&amp;who=priya%40northwind.example&amp;since=2026-11-01"' in text
    assert '<option value="priya@northwind.example" selected>Priya Raman</option>' in text


async def test_where_nothing_fits_the_way_back_is_one_link_away() -> None:
    async with full().browser() as browser:
        text = (await browser.get("/batches?until=2001-01-01")).text
    assert "No batch fits these filters." in text and '<a href="/batches">Show all batches</a>' in text


async def test_only_what_is_over_or_wrong_can_be_tidied_away() -> None:
    async with full().browser() as browser:
        text = (await browser.get("/batches")).text
        tidied = (await browser.get("/batches?kind=tidied")).text
    offered = {
        int(found, 16) for found in re.findall(r'action="/batches/0{8}-0000-0000-0000-0*([0-9a-f]+)/tidy-away"', text)
    }
    assert offered == {1, 3, 6}
    assert tidied.count("/show-again") == 2 and "/tidy-away" not in tidied


async def test_what_is_tidied_away_leads_back_to_the_list_as_it_was() -> None:
    web = full()
    form = {"csrf": web.csrf, "kind": "completed", "who": MARTA.email}
    async with web.browser() as browser:
        path = f"/batches/{ALL[5].id}"
        answer = await browser.post(f"{path}/tidy-away", data=form)
        assert (
            answer.headers["location"] == f"/batches?kind=completed&who={MARTA.email.replace('@', '%40')}&note=tidied"
        )
        assert "Tidied away." in (await browser.get(answer.headers["location"])).text
        again = await browser.post(f"{path}/show-again", data={"csrf": web.csrf, "kind": "tidied"})
        assert again.headers["location"] == "/batches?kind=tidied&note=shown_again"
    assert [what for what, _ in web.uploads.told] == ["tidy-away", "show-again"]


async def test_what_has_moved_on_meanwhile_stays_and_says_so() -> None:
    web = full()
    web.uploads.refusal = Problem(409, "not_over", "")
    async with web.browser() as browser:
        answer = await browser.post(f"/batches/{ALL[0].id}/tidy-away", data={"csrf": web.csrf})
        assert "it stays in the list" in (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("what", ["tidy-away", "show-again"])
async def test_only_a_form_of_ours_tidies(what: str) -> None:
    web = full()
    async with web.browser() as browser:
        assert (await browser.post(f"/batches/{ALL[5].id}/{what}", data={})).status_code == 403
    assert web.uploads.told == []


async def test_a_filter_is_no_way_to_say_something_else() -> None:
    async with full().browser() as browser:
        text = (await browser.get('/batches?who="><script>x</script>&note=csrf&kind=')).text
    assert "<script>x" not in text and "out of date" not in text
