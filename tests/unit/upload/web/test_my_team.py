"""My Team with Northwind's data: its table, its search and filters, its hierarchy, and the ways back to it."""

import re

import pytest

from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_sessions import tokens
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.page_texts import page_text

pytestmark = pytest.mark.anyio


async def test_my_team_shows_licenses_and_users_with_their_state() -> None:
    text = await page_text(Web(), "/team")
    assert "Total Users 22 of 25" in text
    assert "3 licenses available" in text
    for said in ("Aoife Brennan", "Pending Transfer", "mailbox not found", "Queued", "All 16"):
        assert said in text


async def test_the_inactive_are_counted_beside_the_licenses_so_that_the_numbers_add_up() -> None:
    web = Web()
    seats = (await page_text(web, "/team")).partition('id="seats"')[2].partition("</section>")[0]
    assert "Total Users 22 of 25" in seats
    assert "and 4 Inactive, without a license" in seats
    assert "All <b>26</b>" in seats
    # Said of nobody, too: a line that came and went would move the page.
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"inactive": 0})
    assert "and 0 Inactive, without a license" in await page_text(web, "/team")


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
    assert '<div class="selection none" id="selection"' in await page_text(web, "/team")
    web.selections.kept = {northwind.USERS[1].user_id}
    assert '<div class="selection" id="selection"' in await page_text(web, "/team")


async def test_numbers_are_written_alike_wherever_they_stand() -> None:
    web = Web()
    many = northwind.COMPLETED.counts.model_copy(update={"rows": 4999, "invite": 4999})
    progress = northwind.COMPLETED.progress.model_copy(update={"invited": 4999, "emails_sent": 4999})
    path = web.has(northwind.COMPLETED.model_copy(update={"counts": many, "progress": progress}))
    for page in (path, "/batches", f"{path}/progress"):
        text = await page_text(web, page)
        assert "4,999" in text
        assert not re.search(r">[^<]*4999", text)


async def test_how_many_invitations_are_outside_the_sso_domains_is_said() -> None:
    web = Web()
    assert "outside your company’s SSO domains" not in await page_text(web, "/team")
    web.licensing.outside = 3
    text = await page_text(web, "/team")
    assert '<a href="/team?invitation=not_sso_domain">3 invitations</a> can’t be accepted' in text


async def test_my_team_passes_on_what_the_address_asks_for() -> None:
    web = Web()
    await page_text(
        web, "/team?status=waiting,bogus&q= Inês &functional_area=Sales&sort=-title&cursor=c1&back=.&from=50"
    )
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
    text = await page_text(Web(), "/team?q=raman&status=active&sort=-title")
    assert 'href="/team?status=inactive&amp;q=raman&amp;sort=-title"' in text
    assert '<input type="hidden" name="sort" value="-title">' in text
    assert 'aria-sort="descending"' in text


async def test_who_is_alone_is_told_how_to_begin() -> None:
    web = Web()
    nobody = {"occupied": 1, "available": 24, "waiting": 0, "pending_transfer": 0, "active": 1, "inactive": 0}
    web.licensing.licenses = northwind.LICENSES.model_copy(update=nobody)
    assert "Bring in your team with one file" in await page_text(web, "/team")


async def test_nobody_found_offers_a_way_back() -> None:
    assert "Clear search and filters" in await page_text(Web(), "/team?q=zzz")


async def test_more_occupied_than_purchased_is_said_plainly() -> None:
    web = Web()
    web.licensing.licenses = northwind.LICENSES.model_copy(update={"purchased": 20, "available": -2})
    assert "2 licenses more occupied than purchased" in await page_text(web, "/team")


async def test_my_team_says_in_words_when_licensing_is_away() -> None:
    web = Web()
    web.licensing.refusal = Problem(503, "unavailable", "")
    assert "This can’t be shown just now" in await page_text(web, "/team", 503)
