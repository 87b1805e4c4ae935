"""Selecting across pages, and doing one thing for all who are selected."""

import re
from uuid import UUID

import pytest

from services.upload.web.licensing import Action
from services.upload.web.licensing_models import Team
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
IDS = [user.user_id for user in northwind.USERS]
ELSEWHERE = str(UUID(int=500))


async def _post(web: Web, path: str, fields: dict[str, str | list[str]]):
    async with web.browser() as browser:
        return await browser.post(path, data={"csrf": web.csrf, **fields})


async def _text(web: Web, path: str) -> str:
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_marks_are_kept_and_those_of_other_pages_stay() -> None:
    web = Web()
    web.selections.kept = {ELSEWHERE, IDS[0]}
    sent = {"back": "status=waiting&cursor=c&from=50", "shown": IDS[:3], "user": IDS[1:3]}
    answer = await _post(web, "/team/selection", sent)
    assert web.selections.kept == {ELSEWHERE, *IDS[1:3]}
    assert answer.headers["location"] == "/team?status=waiting&cursor=c&from=50"
    text = await _text(web, "/team")
    assert "3 selected" in text
    assert "1 of them on another page" in text
    assert len(re.findall(r'name="user"[^>]* checked', text)) == 2


@pytest.mark.parametrize(("do", "kept"), [("page", set(IDS[:3]) | {ELSEWHERE}), ("none", set[str]())])
async def test_a_page_is_selected_as_a_whole_and_everything_is_cleared(do: str, kept: set[str]) -> None:
    web = Web()
    web.selections.kept = {ELSEWHERE}
    await _post(web, "/team/selection", {"shown": IDS[:3], "do": do})
    assert web.selections.kept == kept


async def test_everybody_is_selected_as_the_address_filters() -> None:
    web = Web()
    await _post(web, "/team/selection", {"back": "q=brennan&status=waiting", "do": "all"})
    assert web.selections.kept == {IDS[1]}
    assert web.licensing.asked[-1]["status"] == "waiting"
    assert web.licensing.asked[-1]["limit"] == "1000"


async def test_an_action_keeps_the_marks_first_and_then_asks() -> None:
    web = Web()
    answer = await _post(web, "/team/selection", {"shown": IDS[:3], "user": IDS[:2], "do": "deactivate"})
    assert answer.headers["location"] == "/team/actions/deactivate"
    text = await _text(web, "/team/actions/deactivate")
    assert "Deactivate 2 users?" in text
    assert "Aoife Brennan" in text
    assert web.licensing.told == []


async def test_a_made_up_form_selects_nobody_and_leads_nowhere_else() -> None:
    web = Web()
    answer = await _post(web, "/team/selection", {"user": ["x", "../.."], "back": "//evil.example/?a=b", "do": "wreck"})
    assert web.selections.kept == set()
    assert answer.headers["location"].startswith("/team")


async def _confirm(web: Web, action: str, fields: dict[str, str | list[str]], user: str = ""):
    text = await _text(web, f"/team/actions/{action}{user}")
    hidden = dict(re.findall(r'type="hidden" name="(n|key)" value="([^"]*)"', text))
    return await _post(web, f"/team/actions/{action}{user}", {**hidden, **fields})


@pytest.mark.parametrize("action", ["resend", "cancel_invitation", "deactivate", "reactivate"])
async def test_it_is_done_for_all_once_and_the_selection_is_over(action: str) -> None:
    web = Web()
    web.selections.kept = set(IDS[:2])
    answer = await _confirm(web, action, {})
    assert web.licensing.told == [("act", Action(action, sorted(IDS[:2]), {}))]
    assert len(web.licensing.keys[0]) == 32
    assert web.selections.kept == set()
    assert answer.headers["location"] == f"/team?note=did_{action}&n=2"
    assert re.search(r'class="toast"><span>2 (users|invitations) ', await _text(web, answer.headers["location"]))


async def test_for_one_user_the_selection_is_left_alone() -> None:
    web = Web()
    web.selections.kept = {IDS[3]}
    answer = await _confirm(web, "resend", {}, f"?user={IDS[1]}")
    assert web.licensing.told == [("act", Action("resend", [IDS[1]], {}))]
    assert web.selections.kept == {IDS[3]}
    assert answer.headers["location"] == f"/team/{IDS[1]}?note=did_resend&n=1"
    assert "1 invitation is on its way again." in await _text(web, answer.headers["location"])


@pytest.mark.parametrize(
    ("action", "sent", "fields"),
    [
        ("assign_manager", {"reports_to": "a@b.example"}, {"reports_to": "a@b.example"}),
        ("assign_manager", {"reports_to": "", "clear": ["reports_to"]}, {"reports_to": None}),
        ("update_fields", {"region": "Iberia", "title": ""}, {"region": "Iberia"}),
        ("update_fields", {"clear": ["title", "own.Contract"]}, {"title": None, "custom_fields": {"Contract": None}}),
    ],
)
async def test_fields_are_set_as_filled_in(
    action: str, sent: dict[str, str | list[str]], fields: dict[str, object]
) -> None:
    web = Web()
    web.selections.kept = {IDS[0]}
    await _confirm(web, action, sent)
    assert web.licensing.told == [("act", Action(action, [IDS[0]], fields))]


@pytest.mark.parametrize(
    ("action", "sent", "said"),
    [
        ("update_fields", {}, "Nothing was filled in."),
        ("update_fields", {"title": " ", "region": ""}, "Nothing was filled in."),
        ("update_fields", {"title": "Lead", "clear": ["title"]}, "Choose one of the two."),
        ("assign_manager", {"reports_to": ""}, "Nobody was named"),
        ("assign_manager", {}, "Nobody was named"),
        ("assign_manager", {"reports_to": "a@b.example", "clear": ["reports_to"]}, "Choose one of the two."),
    ],
)
async def test_what_is_blank_or_not_clear_takes_nothing_from_anybody(
    action: str, sent: dict[str, str | list[str]], said: str
) -> None:
    web = Web()
    web.selections.kept = {IDS[0]}
    answer = await _confirm(web, action, sent)
    assert answer.status_code == 409
    assert said in answer.text
    assert web.licensing.told == []


@pytest.mark.parametrize(
    ("action", "cleared", "said"),
    [
        ("assign_manager", "reports_to", "1 user reports to nobody now."),
        ("update_fields", "title", "1 user was updated; what you chose is blank now."),
    ],
)
async def test_what_was_made_blank_is_said(action: str, cleared: str, said: str) -> None:
    web = Web()
    web.selections.kept = {IDS[0]}
    answer = await _confirm(web, action, {"clear": [cleared]})
    assert said in await _text(web, answer.headers["location"])


async def test_who_was_sent_too_many_can_be_left_out() -> None:
    web = Web()
    web.selections.kept = {*IDS[:2]}
    items = [{"user_id": IDS[1], "code": "too_soon", "message": "Sent a moment ago."}]
    web.licensing.refuses["act"] = Problem(429, "too_soon", "", items=items)
    answer = await _confirm(web, "resend", {})
    assert answer.status_code == 429
    assert "Sent a moment ago." in answer.text.partition("<table")[2]


async def test_a_value_that_is_wrong_for_some_can_go_on_without_them() -> None:
    web = Web()
    web.selections.kept = {*IDS[:3]}
    said = {"code": "reports_to_self", "column": "Reports To", "message": "This is their own e-mail."}
    web.licensing.refuses["act"] = Problem(
        422, "reports_to_self", "", errors=[said], items=[{**said, "user_id": IDS[1]}]
    )
    answer = await _confirm(web, "assign_manager", {"reports_to": "aoife.brennan@northwind.example"})
    assert answer.status_code == 422
    assert "This is their own e-mail." in answer.text.partition("<table")[2]
    fields = dict(re.findall(r'name="(ids|then|reports_to)" value="([^"]*)">', answer.text))
    onward = await _post(web, "/team/selection", {"do": "drop", **fields})
    assert web.selections.kept == {IDS[0], IDS[2]}
    assert onward.headers["location"] == "/team/actions/assign_manager?reports_to=aoife.brennan%40northwind.example"
    assert 'value="aoife.brennan@northwind.example"' in await _text(web, onward.headers["location"])


async def test_names_are_in_order_by_last_name() -> None:
    web = Web()
    web.selections.kept = {IDS[14], IDS[7], IDS[0]}
    text = await _text(web, "/team/actions/resend")
    names = ["Joachim Becker", "Lucia Herrero", "Priya Raman"]
    assert sorted(names, key=text.index) == names
    web.licensing.users = list(reversed(northwind.USERS))
    text = await _text(web, "/team/actions/resend")
    assert sorted(names, key=text.index) == names


async def test_an_admin_among_the_selected_is_left_out_of_who_is_deactivated() -> None:
    web = Web()
    marta = northwind.user("Marta Lindqvist").user_id
    web.selections.kept = {IDS[0], marta}
    text = await _text(web, "/team/actions/deactivate")
    assert "You can’t deactivate yourself." in text
    assert "Leave them out, go on with 1" in text
    assert "Deactivate 2 users</button>" not in text
    async with web.browser() as browser:
        sent = {"csrf": web.csrf, "n": "2"}
        assert (await browser.post("/team/actions/deactivate", data=sent)).status_code == 409
        assert (
            await browser.post(f"/team/actions/deactivate?user={marta}", data={**sent, "n": "1"})
        ).status_code == 409
    assert web.licensing.told == []
    # Whatever else is done for many concerns the admin too.
    assert "go on with" not in await _text(web, "/team/actions/update_fields")


async def test_a_selection_that_changed_meanwhile_is_shown_anew() -> None:
    web = Web()
    web.selections.kept = set(IDS[:2])
    answer = await _post(web, "/team/actions/deactivate", {"n": "1"})
    assert answer.status_code == 409
    assert "The selection has changed" in answer.text
    assert web.licensing.told == []


async def test_who_stands_in_the_way_is_named_and_can_be_left_out() -> None:
    web = Web()
    web.selections.kept = {*IDS[:2], ELSEWHERE}
    reasons = [{"user_id": each, "code": "not_active", "message": "Not Active."} for each in (IDS[1], ELSEWHERE)]
    web.licensing.refuses["act"] = Problem(409, "not_active", "", items=reasons)
    answer = await _confirm(web, "deactivate", {})
    assert answer.status_code == 409
    for said in ("2 users", "Nothing was done for anybody.", "Aoife Brennan", "No longer in My Team", "go on with 1"):
        assert said in answer.text
    out = re.search(r'name="ids" value="([^"]*)"', answer.text)
    assert out
    onward = await _post(web, "/team/selection", {"do": "drop", "ids": out[1], "then": "deactivate"})
    assert onward.headers["location"] == "/team/actions/deactivate"
    assert web.selections.kept == {IDS[0]}


async def test_a_value_that_is_wrong_is_said_beside_its_field() -> None:
    web = Web()
    web.selections.kept = {IDS[0]}
    said = {"code": "reports_to_unknown", "column": "Reports To", "message": "Nobody has this e-mail."}
    web.licensing.refuses["act"] = Problem(422, "reports_to_unknown", "", errors=[said])
    answer = await _confirm(web, "assign_manager", {"reports_to": "nobody@b.example"})
    assert answer.status_code == 422
    assert 'value="nobody@b.example"' in answer.text
    assert "Nobody has this e-mail." in answer.text.partition('<label for="reports_to">')[2].partition("</small>")[0]


async def test_too_few_licenses_is_said_in_licensings_words() -> None:
    web = Web()
    web.selections.kept = {IDS[3]}
    web.licensing.refuses["act"] = Problem(409, "licenses_exceeded", "There are not enough free licenses for this.")
    assert "There are not enough free licenses" in (await _confirm(web, "reactivate", {})).text


async def test_with_nobody_selected_there_is_nothing_to_press() -> None:
    text = await _text(Web(), "/team/actions/deactivate")
    assert "Nobody is selected" in text
    assert 'action="/team/actions' not in text


async def test_what_is_no_action_is_not_there() -> None:
    async with Web().browser() as browser:
        assert (await browser.get("/team/actions/promote")).status_code == 404
        assert (await browser.get(f"/team/actions/resend?user={UUID(int=999)}")).status_code == 404


async def test_a_manager_selects_nobody() -> None:
    async with Web().browser("manager") as browser:
        assert 'name="user"' not in (await browser.get("/team")).text
        assert (await browser.get("/team/actions/deactivate")).status_code == 403


@pytest.mark.parametrize("path", ["/team/selection", "/team/actions/deactivate"])
async def test_a_form_from_elsewhere_selects_and_does_nothing(path: str) -> None:
    web = Web()
    async with web.browser() as browser:
        answer = await browser.post(path, data={"csrf": "made-up", "user": IDS[0], "n": "0"})
    assert answer.status_code == 403
    assert (web.selections.kept, web.licensing.told) == (set(), [])


async def test_more_than_one_action_takes_are_not_offered_all_at_once() -> None:
    web = Web()
    async with web.browser() as browser:
        web.licensing.team = _team(10_001)
        assert 'value="all"' not in (await browser.get("/team")).text
        web.licensing.team = _team(10_000)
        assert "Select all 10,000" in (await browser.get("/team")).text


def _team(total: int):
    async def team(token: str, query: object) -> Team:
        return Team(items=northwind.USERS, total=total)

    return team


@pytest.mark.parametrize("action", ["deactivate", "cancel_invitation"])
async def test_it_is_said_how_many_others_move_up_and_to_whom(action: str) -> None:
    web = Web()
    web.licensing.moving = 1200
    web.selections.kept = {IDS[0], IDS[1]}
    assert "1,200 users report to them, and will report to their manager." in await _text(
        web, f"/team/actions/{action}"
    )
    lucia, priya = northwind.user("Lucia Herrero"), northwind.user("Priya Raman")
    said = await _text(web, f"/team/actions/{action}?user={lucia.user_id}")
    assert "1,200 users report to Lucia Herrero, and will report to priya.raman@northwind.example." in said
    said = await _text(web, f"/team/actions/{action}?user={priya.user_id}")
    assert "1,200 users report to Priya Raman, and will report to nobody." in said
    web.licensing.moving = 0
    assert "will report to" not in await _text(web, f"/team/actions/{action}")


@pytest.mark.parametrize("wanted", [True, False])
async def test_reactivating_offers_to_bring_reports_back(wanted: bool) -> None:
    web = Web()
    web.licensing.moving = 3
    daniel = northwind.user("Daniel Osei").user_id
    assert "Bring back 3 users" in await _text(web, f"/team/actions/reactivate?user={daniel}")
    await _confirm(web, "reactivate", {"with_reports": "yes"} if wanted else {}, f"?user={daniel}")
    [(_, action)] = web.licensing.told
    assert (action.with_reports, "with_reports" in action.body) == (wanted, wanted)


async def test_a_suggestion_for_many_is_taken_by_a_button() -> None:
    web = Web()
    web.selections.kept = {IDS[0]}
    answer = await _confirm(web, "assign_manager", {"reports_to": "x", "take.reports_to": "b@northwind.example"})
    assert 'value="b@northwind.example"' in answer.text
    assert web.licensing.told == []
