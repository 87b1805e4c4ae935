"""What the pages of batches say: what has become of a batch, what is left to do, and where to go on."""

import re

import pytest

from services.upload.read_models.batches.view import Counts, FileFinding
from services.upload.web.pages.upload import KEY_FIELD
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
NOTHING = northwind.batch("ready_for_review", counts=Counts(rows=6, unchanged=6))


def tab_names(text: str) -> list[str]:
    """What the tabs over the rows are called."""
    (tabs,) = re.findall(r'<nav class="tabs".*?</nav>', text, re.DOTALL)
    return re.findall(r">([A-Z][\w ]+?) <span", tabs)


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (northwind.STALE, ["To invite", "To change", "Unchanged"]),
        (northwind.COMPLETED, ["Invited", "Changed", "Unchanged"]),
        (northwind.CANCELLED, ["Not invited", "Not changed", "Unchanged"]),
        (northwind.SUPERSEDED, ["Not invited", "Not changed", "Unchanged"]),
    ],
)
async def test_rows_are_called_what_has_become_of_them(batch: northwind.Batch, said: list[str]) -> None:
    web = Web()
    path = web.has(batch)
    async with web.browser() as browser:
        answer = await browser.get(path, follow_redirects=True)
    assert tab_names(answer.text)[:3] == said


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        (northwind.STALE, ("Now", "Will be")),
        (northwind.COMPLETED, ("Before", "Since then")),
        (northwind.CANCELLED, ("Then", "Would have been")),
    ],
)
async def test_a_change_is_told_in_its_tense(batch: northwind.Batch, said: tuple[str, str]) -> None:
    web = Web()
    path = web.has(batch)
    async with web.browser() as browser:
        leads = (await browser.get(path)).headers.get("location", path)
        text = (await browser.get(f"{leads}?tab=changed")).text
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', text)
    assert tuple(heads[-2:]) == said


async def test_where_nothing_changes_there_is_nothing_to_press_but_the_way_back() -> None:
    web = Web()
    path = web.has(NOTHING)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm")).text
    assert "Nothing in this file changes anything" in text
    assert f'action="{path}/confirm"' not in text and f'action="{path}/cancel"' in text
    assert re.search(r'<a class="btn primary wide" href="/team">', text)


async def test_own_fields_of_whom_it_invites_are_shown_before_it_is_confirmed() -> None:
    web = Web()
    path = web.has(northwind.STALE)
    own, none = ({"custom_fields": fields} for fields in ({"Cost Centre": "4520", "Badge": "B-7"}, {}))
    stays = northwind.row(5, "Aoife Brennan", "unchanged", values=none)
    web.uploads.lines = (northwind.row(7, "Tove Lindahl", values=own), northwind.row(11, "Freya Ashdown"), stays)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm?tab=invited")).text
        without = (await browser.get(f"{path}/confirm?tab=unchanged")).text
    assert "Your own fields" in text and "4520" in text and "B-7" in text
    assert "Your own fields" not in without


async def test_many_warnings_do_not_push_the_button_away() -> None:
    web = Web()
    ignored = [FileFinding(code="unknown_column", message=f"Column “C{n}” is ignored.") for n in range(10)]
    path = web.has(northwind.batch("ready_for_review", warnings=ignored))
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm")).text
    open_, _, rest = text.partition("<details><summary>7 more warnings</summary>")
    assert [f"“C{n}”" in open_ for n in range(10)] == [True] * 3 + [False] * 7
    assert all(f"“C{n}”" in rest for n in range(3, 10))


async def test_one_row_that_is_wrong_is_not_one_of_one_rows() -> None:
    web = Web()
    path = web.has(northwind.batch("needs_correction", counts=Counts(rows=1, error=1)))
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "The only row needs a correction" in text and "1 of 1" not in text


async def test_who_sells_licenses_is_said() -> None:
    web = Web()
    path = web.has(northwind.END_EVENT)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "whoever looks after your company’s contract orders them" in text


# --- uploading


async def test_the_same_form_is_the_same_upload_and_each_form_another() -> None:
    web = Web()
    async with web.browser() as browser:
        keys = [
            re.findall(rf'name="{KEY_FIELD}" value="([0-9a-f-]{{36}})"', (await browser.get("/upload")).text)
            for _ in range(2)
        ]
    assert [len(found) for found in keys] == [1, 1] and keys[0] != keys[1]


async def test_every_way_that_an_upload_can_fail_has_its_own_words() -> None:
    web = Web()
    async with web.browser() as browser:
        text = (await browser.get("/upload")).text
    said = dict(re.findall(r'data-(lost|unanswered|several|folder|changed|too-large)="([^"]+)"', text))
    assert len(said) == 6 == len(set(said.values()))
    assert "taken only once" in said["unanswered"] and "before it was complete" in said["lost"]


# --- what went wrong


async def test_what_may_pass_is_tried_again_where_it_was() -> None:
    web = Web()
    web.licensing.refusal = Problem(503, "unavailable", "")
    async with web.browser() as browser:
        text = (await browser.get("/team?status=active&q=ann")).text
    assert '<a class="btn primary" href="/team?status=active&amp;q=ann">Try again</a>' in text
    assert 'href="/team">Go to My Team' not in text, "that is the page that failed"


async def test_a_page_that_is_not_there_leads_to_my_team() -> None:
    web = Web()
    async with web.browser() as browser:
        text = (await browser.get("/batches/nothing-here")).text
    assert '<a class="btn primary" href="/team">' in text and "Try again" not in text


async def test_what_is_so_on_every_page_offers_none_of_them() -> None:
    web = Web()
    web.licensing.refusal = Problem(403, "plan_required", "")
    async with web.browser() as browser:
        text = (await browser.get("/team")).text
    main = text[text.index('id="main"') :]
    assert 'href="/team"' not in main and 'action="/signout"' in main


@pytest.mark.parametrize("stood", ["//elsewhere.example/", "/\\elsewhere.example/", "javascript:alert(1)", ""])
async def test_nobody_is_led_elsewhere_by_where_they_say_they_come_from(stood: str) -> None:
    web = Web()
    async with web.browser() as browser:
        answer = await browser.post("/upload", data={}, headers={"Referer": f"https://evil.example{stood}"})
    assert "elsewhere" not in answer.text and "javascript" not in answer.text


@pytest.mark.parametrize("why", ["superseded", "used", "expired"])
async def test_a_link_that_leads_nowhere_says_who_can_help(why: str) -> None:
    web = Web()
    web.licensing.offered = Problem(410, why, "")
    async with web.browser(None) as browser:
        text = (await browser.get("/join/abc.def")).text
    assert "sk the person who invited you" in text
