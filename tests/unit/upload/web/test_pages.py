"""Each page with Northwind's data: what it says, what it sends on, where it leads."""

import asyncio
import re
from collections.abc import AsyncGenerator
from datetime import timedelta
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from services.upload.read_models.batches.view import Batch, Erased, Progress
from services.upload.web.licensing_models import Delivery
from services.upload.web.live_fragments import AnnouncementThrottle, Fragment, LiveFragment, events, fragments
from shared.http.auth import Principal
from shared.http.problems import Problem
from tests.serving import eventually
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_sessions import tokens
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio

PAGES = [
    "/team",
    "/upload",
    "/batches",
    "/signed-out",
    "/join/token",
    "/nothing",
]
STATES = {
    "checking": northwind.VALIDATING,
    "review": northwind.WRONG,
    "confirm": northwind.batch(),
    "progress": northwind.PROCESSING,
}
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.I)


async def _text(web: Web, path: str, status: int = 200) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == status
    return answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_script_or_style_of_its_own(path: str) -> None:
    async with Web().browser() as browser:
        assert not _INLINE.search((await browser.get(path)).text)


@pytest.mark.parametrize(("page", "batch"), STATES.items())
async def test_a_batch_leads_to_the_page_of_its_state(page: str, batch: Batch) -> None:
    web = Web()
    path = web.has(batch, northwind.WRONG_ROWS if page == "review" else None)
    async with web.browser() as browser:
        answer = await browser.get(path)
        assert answer.headers["location"] == f"{path}/{page}"
        shown = await browser.get(f"{path}/{page}")
        assert shown.status_code == 200
        assert batch.file_name in shown.text
        assert not _INLINE.search(shown.text)
        for other in STATES.keys() - {page}:
            assert (await browser.get(f"{path}/{other}")).headers["location"] == f"{path}/{page}"


@pytest.mark.parametrize("batch", [northwind.COMPLETED, northwind.CANCELLED, northwind.SUPERSEDED])
async def test_a_batch_that_is_over_has_a_page_of_its_own(batch: Batch) -> None:
    web = Web()
    text = await _text(web, web.has(batch))
    assert batch.file_name in text
    assert "Tove Lindahl" in text


async def test_a_batch_says_that_somebody_was_erased_from_it_and_offers_no_file_that_is_gone() -> None:
    erased = Erased(rows=1, deleted=["original"])
    batch = northwind.COMPLETED.model_copy(update={"erased": erased})
    web = Web()
    text = await _text(web, web.has(batch))
    assert "1 row is blank: the person in it was erased from Usher." in text
    assert "The uploaded file was deleted: it could not be written without a person who was erased from Usher." in text
    assert "original.xlsx" not in text
    whole = Web()
    text = await _text(whole, whole.has(batch.model_copy(update={"erased": Erased(rows=2, deleted=[])})))
    assert "2 rows are blank" in text
    assert "original.xlsx" in text


async def test_my_team_shows_licenses_and_users_with_their_state() -> None:
    text = await _text(Web(), "/team")
    assert "Total Users 22 of 25" in text
    assert "3 licenses available" in text
    for said in ("Aoife Brennan", "Pending Transfer", "mailbox not found", "Queued", "1 to 16 of 16"):
        assert said in text


async def test_the_inactive_are_counted_beside_the_licenses_so_that_the_numbers_add_up() -> None:
    web = Web()
    seats = (await _text(web, "/team")).partition('id="seats"')[2].partition("</section>")[0]
    assert "Total Users 22 of 25" in seats
    assert "and 4 Inactive, without a license" in seats
    assert "All <b>26</b>" in seats
    # Said of nobody, too: a line that came and went would move the page.
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"inactive": 0})
    assert "and 0 Inactive, without a license" in await _text(web, "/team")


async def test_a_detour_leads_back_to_the_search_the_filters_and_the_page() -> None:
    web = Web()
    place = "/team?q=raman&region=Iberia&sort=-title&cursor=c1&back=.&from=50"
    async with web.browser() as browser:
        assert (await browser.get("/team/last")).headers["location"] == "/team"
        await browser.get(f"{place}&note=did_resend&n=2")
        assert (await browser.get("/team/last")).headers["location"] == place
        for detour in ("/team/invite", northwind.USERS[1].link, "/team/actions/resend"):
            assert 'href="/team/last"' in (await browser.get(detour)).text
        sent = {"csrf": web.csrf, "n": "1"}
        resent = await browser.post(f"/team/actions/resend?user={northwind.USERS[1].user_id}&of=list", data=sent)
        assert resent.headers["location"] == f"{place}&note=did_resend&n=1"
        web.selections.kept = {northwind.USERS[1].user_id}
        done = await browser.post("/team/actions/resend", data=sent)
        assert done.headers["location"] == f"{place}&note=did_resend&n=1"


async def test_where_somebody_was_is_for_them_alone() -> None:
    web = Web()
    async with web.browser() as browser:
        answer = await browser.get("/team?q=raman")
        kept = answer.headers["set-cookie"]
        assert "HttpOnly" in kept and "SameSite=lax" in kept and "Path=/team" in kept
        for made_up in (f"{'0' * 16}.q=else", "//evil.example", ""):
            browser.cookies.clear()
            browser.cookies.set("usher", "session")
            browser.cookies.set("team", made_up)
            assert (await browser.get("/team/last")).headers["location"] == "/team"


async def test_signing_in_again_leads_back_to_the_search_and_the_page() -> None:
    web = Web()
    place = "/team?q=raman&cursor=c1&back=.&from=50"
    async with web.browser() as browser:
        await browser.get(place)
        del web.sessions.kept["session"]
        sent_away = await browser.post("/team/selection", data={"csrf": web.csrf})
        assert sent_away.headers["location"] == "/signin?then=/team/last"
        web.sessions.kept["another"] = tokens()
        browser.cookies.set("usher", "another")
        assert (await browser.get("/team/last")).headers["location"] == place


async def test_a_place_too_long_for_a_browser_leads_back_without_its_way() -> None:
    web = Web()
    async with web.browser() as browser:
        await browser.get(f"/team?q=raman&cursor=c9&from=450&back={'~'.join(['c' * 400] * 9)}")
        assert (await browser.get("/team/last")).headers["location"] == "/team?q=raman&cursor=c9&from=450"


async def test_a_detour_from_the_hierarchy_leads_back_there_and_the_table_is_as_it_was() -> None:
    web = Web()
    table, tree = "/team?region=Iberia", f"/team/hierarchy?of={northwind.USERS[1].user_id}"
    async with web.browser() as browser:
        await browser.get(table)
        await browser.get(tree)
        await browser.get("/team/hierarchy?of=" + northwind.USERS[2].user_id, headers={"HX-Request": "true"})
        assert (await browser.get("/team/last")).headers["location"] == tree
        assert (await browser.get("/team/last?view=table")).headers["location"] == table
        web.selections.kept = {northwind.USERS[1].user_id}
        done = await browser.post("/team/actions/resend", data={"csrf": web.csrf, "n": "1"})
        assert done.headers["location"] == f"{tree}&note=did_resend&n=1"
        assert "1 invitation is on its way again." in (await browser.get(done.headers["location"])).text
        await browser.get(table)
        assert (await browser.get("/team/last")).headers["location"] == table


async def test_in_the_hierarchy_users_are_selected_and_all_of_a_level_or_search() -> None:
    web = Web()
    marta, priya = northwind.user("Marta Lindqvist"), northwind.user("Priya Raman")
    async with web.browser() as browser:
        sent = {"csrf": web.csrf, "view": "hierarchy", "back": f"of={marta.user_id}", "shown": priya.user_id}
        back = await browser.post("/team/selection", data={**sent, "user": priya.user_id, "do": "keep"})
        assert back.headers["location"] == f"/team/hierarchy?of={marta.user_id}"
        page = (await browser.get("/team/hierarchy")).text
        assert "1 selected" in page
        assert f'value="{priya.user_id}" aria-label="Select Priya Raman" checked' in page
        await browser.post("/team/selection", data={**sent, "do": "all"})
        assert web.licensing.asked[-1]["reports_to"] == marta.user_id
        await browser.post("/team/selection", data={**sent, "back": "", "do": "all"})
        assert web.licensing.asked[-1]["blank"] == "reports_to"
        await browser.post("/team/selection", data={**sent, "back": "q=raman", "do": "all"})
        assert web.licensing.asked[-1]["q"] == "raman"
        assert "reports_to" not in web.licensing.asked[-1]


async def test_signing_out_forgets_where_somebody_was() -> None:
    web = Web()
    async with web.browser() as browser:
        await browser.get("/team?q=raman")
        await browser.post("/signout", data={"csrf": web.csrf})
        assert "team" not in browser.cookies


async def test_the_bar_of_the_selected_is_there_when_somebody_is() -> None:
    web = Web()
    assert '<div class="selection none" id="selection"' in await _text(web, "/team")
    web.selections.kept = {northwind.USERS[1].user_id}
    assert '<div class="selection" id="selection"' in await _text(web, "/team")


async def test_numbers_are_written_alike_wherever_they_stand() -> None:
    web = Web()
    many = northwind.COMPLETED.counts.model_copy(update={"rows": 4999, "invite": 4999})
    progress = northwind.COMPLETED.progress.model_copy(update={"invited": 4999, "emails_sent": 4999})
    path = web.has(northwind.COMPLETED.model_copy(update={"counts": many, "progress": progress}))
    for page in (path, "/batches", f"{path}/progress"):
        text = await _text(web, page)
        assert "4,999" in text
        assert not re.search(r">[^<]*4999", text)


async def test_how_many_invitations_are_outside_the_sso_domains_is_said() -> None:
    web = Web()
    assert "outside your company’s SSO domains" not in await _text(web, "/team")
    web.licensing.outside = 3
    text = await _text(web, "/team")
    assert '<a href="/team?invitation=not_sso_domain">3 invitations</a> can’t be accepted' in text


async def test_my_team_passes_on_what_the_address_asks_for() -> None:
    web = Web()
    await _text(web, "/team?status=waiting,bogus&q= Inês &functional_area=Sales&sort=-title&cursor=c1&back=.&from=50")
    assert web.licensing.asked == [
        {
            "limit": "50",
            "status": "waiting",
            "q": "Inês",
            "functional_area": ["Sales"],
            "sort": "-title,-last_name",
            "cursor": "c1",
        }
    ]


async def test_a_filter_keeps_the_others_in_its_link() -> None:
    text = await _text(Web(), "/team?q=raman&status=active&sort=-title")
    assert 'href="/team?status=inactive&amp;q=raman&amp;sort=-title"' in text
    assert '<input type="hidden" name="sort" value="-title">' in text
    assert 'aria-sort="descending"' in text


async def test_who_is_alone_is_told_how_to_begin() -> None:
    web = Web()
    nobody = {"occupied": 1, "available": 24, "waiting": 0, "pending_transfer": 0, "active": 1, "inactive": 0}
    web.licensing.licenses = northwind.LICENSES.model_copy(update=nobody)
    assert "Bring in your team with one file" in await _text(web, "/team")


async def test_nobody_found_offers_a_way_back() -> None:
    assert "Clear search and filters" in await _text(Web(), "/team?q=zzz")


async def test_more_occupied_than_purchased_is_said_plainly() -> None:
    web = Web()
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"purchased": 20, "available": -2})
    assert "2 licenses more occupied than purchased" in await _text(web, "/team")


async def test_the_review_names_row_column_value_and_what_to_do() -> None:
    web = Web()
    text = await _text(web, web.has(northwind.WRONG, northwind.WRONG_ROWS) + "/review")
    assert "5 of 25 rows need a correction" in text
    for said in ("Row 9", "Functional Area", "“Sale” is not one of your functional areas.", "Check again"):
        assert said in text
    assert f'href="/upload?replaces={northwind.WRONG.id}"' in text
    assert f'href="/batches/{northwind.WRONG.id}/annotated.xlsx"' in text


async def test_the_review_filters_by_kind_and_word() -> None:
    web = Web()
    path = web.has(northwind.WRONG, northwind.WRONG_ROWS)
    text = await _text(web, path + "/review?kind=reports_to")
    assert "Row 11" in text
    assert "Row 9" not in text
    assert "No error fits this search." in await _text(web, path + "/review?q=nobody+at+all")


async def test_a_lack_of_licenses_says_how_many_to_remove() -> None:
    web = Web()
    text = await _text(web, web.has(northwind.END_EVENT) + "/review")
    assert "Remove 2 new users from the file" in text
    assert "3 new users in this file" in text
    assert "Check again" in text


async def test_a_file_that_cannot_be_read_says_why_and_offers_the_next_step() -> None:
    web = Web()
    text = await _text(web, web.has(northwind.UNREADABLE) + "/review")
    assert "This workbook can’t be read." in text
    assert "Download annotated copy" not in text
    assert "Reupload" in text


@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("invited", "Tove Lindahl"),
        ("changed", "<del>Iberia</del>"),
        ("unchanged", "Aoife Brennan"),
        ("warned", "“gmial.com” looks like gmail.com."),
    ],
)
async def test_confirm_shows_each_outcome_in_a_tab(tab: str, said: str) -> None:
    web = Web()
    text = await _text(web, web.has(northwind.batch()) + f"/confirm?tab={tab}")
    assert said in text
    assert "Confirm: invite 3, change 2" in text
    assert "Nothing has happened yet." in text


async def test_confirm_says_why_a_batch_came_back() -> None:
    web = Web()
    assert "have changed since your review" in await _text(web, web.has(northwind.STALE) + "/confirm")


async def test_the_progress_counts_and_names_the_invited() -> None:
    web = Web()
    text = await _text(web, web.has(northwind.PROCESSING) + "/progress")
    assert "3 of 3 invited, 2 of 2 changed, 1 of 3 e-mails sent, 1 failed." in text
    assert "1 is still in the queue" in text
    assert "Freya Ashdown" in text


async def test_the_progress_is_shown_though_licensing_is_away() -> None:
    web = Web()
    web.licensing.refusal = Problem(503, "unavailable", "")
    assert "1 of 3 e-mails sent" in await _text(web, web.has(northwind.PROCESSING) + "/progress")


async def test_my_team_says_in_words_when_licensing_is_away() -> None:
    web = Web()
    web.licensing.refusal = Problem(503, "unavailable", "")
    assert "This can’t be shown just now" in await _text(web, "/team", 503)


async def test_another_companys_batch_is_not_there() -> None:
    assert "There is nothing here" in await _text(Web(), f"/batches/{UUID(int=1)}", 404)
    assert "There is nothing here" in await _text(Web(), "/batches/no-id", 404)


def test_a_screen_reader_is_told_something_new_every_five_seconds_and_at_the_end() -> None:
    now = [100.0]
    announced = AnnouncementThrottle[Progress](lambda: now[0])
    first, second, third = (Progress(invited=number) for number in (1, 2, 3))
    assert announced.say(first) == first
    now[0] = 104.9
    assert announced.say(second) == first
    now[0] = 105.0
    assert announced.say(second) == second
    assert announced.say(third, at_once=True) == third


async def _states(*batches: Batch) -> list[str]:
    async def come():
        for batch in batches:
            yield batch

    async def show(batch: Batch) -> Fragment:
        return Fragment(batch.status, over=batch.status != "validating", leads_to="/next")

    return [event.encode().decode() async for event in events(fragments(LiveFragment(come(), show, pause=0)))]


async def test_a_live_page_ends_with_where_to_go() -> None:
    told = await _states(northwind.VALIDATING, northwind.WRONG)
    assert told[-2:] == ["data: needs_correction\r\n\r\n", "event: over\r\ndata: /next\r\n\r\n"]


async def test_the_check_is_followed_live() -> None:
    web = Web()
    path = web.has(northwind.WRONG, northwind.WRONG_ROWS)
    async with web.browser() as browser:
        answer = await browser.get(f"{path}/checking/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "The check has finished." in answer.text
    assert f"event: over\r\ndata: {path}/review\r\n" in answer.text


async def test_the_progress_is_followed_live_and_stays_when_it_is_over() -> None:
    web = Web()
    path = web.has(northwind.COMPLETED)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/progress/live")).text
    assert "2 of 3 e-mails sent, 1 failed." in text
    assert text.endswith("event: over\r\ndata: -\r\n\r\n")


async def test_who_looks_at_the_same_progress_is_shown_what_was_looked_up_once() -> None:
    web = Web()
    path = web.has(northwind.COMPLETED)
    everybody_is_there, looks = asyncio.Event(), 0

    async def watch(who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        nonlocal looks
        looks += 1
        await everybody_is_there.wait()
        yield web.uploads.found[batch_id]

    web.uploads.watch = watch
    async with web.browser() as browser, web.browser() as elsewhere:
        elsewhere.cookies.set("zone", "Asia/Tokyo")
        asked = [asyncio.create_task(each.get(f"{path}/progress/live")) for each in [browser] * 5 + [elsewhere] * 3]
        await eventually(lambda: REGISTRY.get_sample_value("usher_streams_open") == len(asked) and looks == 2)
        everybody_is_there.set()
        texts = [(await each).text for each in asked]
    assert looks == 2, "once for each time zone"
    assert len(set(texts[:5])) == len(set(texts[5:])) == 1 and texts[0] != texts[5]
    assert all("event: over" in text for text in texts)


async def test_who_is_changed_is_named_though_the_file_has_their_address_alone() -> None:
    web = Web()
    text = await _text(web, web.has(northwind.batch()) + "/confirm?tab=changed")
    assert f'<a href="{northwind.USERS[2].link}">Mateus Carvalho</a>' in text


async def test_an_invitation_that_reached_nobody_offers_to_resend_it_or_to_release_the_license() -> None:
    web = Web()
    expired = Delivery(state="sent", expired=True, expires_at=northwind.NOW - timedelta(days=1))
    aoife, ines = northwind.USERS[1].model_copy(update={"invitation": expired}), northwind.USERS[5]
    web.licensing.users = [aoife, ines, northwind.USERS[4]]
    text = await _text(web, "/team")
    assert "Expired" in text
    for user in (aoife, ines):
        for action in ("resend", "cancel_invitation"):
            assert f'href="/team/actions/{action}?user={user.user_id}&amp;of=list"' in text
    assert f"?user={northwind.USERS[4].user_id}" not in text
    assert "the license becomes free" in await _text(web, aoife.link)
    async with web.browser("manager") as browser:
        assert "/team/actions/" not in (await browser.get("/team")).text


async def test_who_was_reminded_is_said_on_their_page_and_their_batchs() -> None:
    web = Web()
    reminded = Delivery(state="sent", at=northwind.NOW - timedelta(days=4), reminded_at=northwind.NOW)
    user = northwind.USERS[4].model_copy(update={"invitation": reminded})
    web.licensing.users = [user]
    for page in ("/team", user.link):
        assert re.search(r"Reminded .*2026", await _text(web, page)), page


@pytest.mark.parametrize(
    ("chosen", "said"), [(True, "Who does not answer is reminded."), (False, "Nobody is reminded of these")]
)
async def test_a_batch_says_whether_its_invitations_are_reminded_of(chosen: bool, said: str) -> None:
    web = Web()
    path = web.has(northwind.COMPLETED.model_copy(update={"reminders": chosen}))
    assert said in await _text(web, f"{path}/progress")
