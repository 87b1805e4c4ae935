"""One user: inviting, looking, editing."""

import re
from uuid import UUID

import pytest

from services.upload.web.licensing_models import HistoryEntry, User, UserWithHistory
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


def _user(name: str) -> User:
    return next(user for user in northwind.USERS if user.name == name)


AOIFE, PRIYA = _user("Aoife Brennan"), _user("Priya Raman")
FILLED = {
    "email": " tove.lindahl@northwind.example ",
    "first_name": "Tove",
    "last_name": "Lindahl",
    "functional_area": "Sales",
    "title": "",
    "own.Contract": "Employee",
    "own.Cost Centre": "",
}
NEARLY = {
    "code": "email_not_sso_domain",
    "column": "Email",
    "message": "Use an e-mail with your domain.",
    "suggestion": "tove@northwind.example",
}
OWN = {"code": "custom_field_required", "column": "Contract", "message": "Choose a contract.", "suggestion": None}


async def _post(web: Web, path: str, fields: dict[str, str]):
    async with web.browser() as browser:
        return await browser.post(path, data={"csrf": web.csrf, **fields})


async def test_the_form_has_the_companys_lists_and_own_fields() -> None:
    async with Web().browser() as browser:
        text = (await browser.get("/team/invite")).text
    for shown in (
        "<option>Purchasing</option>",
        "<option>Contractor</option>",
        'name="own.Cost Centre"',
        "3 licenses available",
    ):
        assert shown in text


async def test_inviting_sends_what_was_filled_in_and_leads_to_the_new_user() -> None:
    web = Web()
    answer = await _post(web, "/team/invite", FILLED)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{AOIFE.link}?note=invited"
    sent = {"email": "tove.lindahl@northwind.example", "first_name": "Tove", "last_name": "Lindahl"}
    own = {"functional_area": "Sales", "custom_fields": {"Contract": "Employee"}}
    assert web.licensing.told == [("invite", {**sent, **own})]
    async with web.browser() as browser:
        assert "Aoife Brennan is invited." in (await browser.get(answer.headers["location"])).text


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost() -> None:
    web = Web()
    web.licensing.refuses["invite"] = Problem(422, "email_not_sso_domain", "", errors=[NEARLY, OWN])
    answer = await _post(web, "/team/invite", FILLED)
    assert answer.status_code == 422
    email = answer.text.partition('<label for="email">')[2].partition("</div>")[0]
    assert "Use an e-mail with your domain." in email
    assert "Did you mean “tove@northwind.example”?" in email
    assert 'aria-invalid="true"' in email
    assert "autofocus" in email
    assert 'value="Tove"' in answer.text
    assert "2 fields need a correction. Nothing has been saved." in answer.text
    assert "Choose a contract." in answer.text.partition(">Contract <small>")[2].partition("</div>")[0]


async def test_an_address_that_has_had_too_many_is_said_beside_it() -> None:
    web = Web()
    web.licensing.refuses["invite"] = Problem(429, "too_soon", "Wait until tomorrow.")
    answer = await _post(web, "/team/invite", FILLED)
    assert answer.status_code == 429
    assert "Wait until tomorrow." in answer.text.partition('<label for="email">')[2].partition("</div>")[0]


@pytest.mark.parametrize(
    ("code", "begins"), [("user_exists", '<label for="email">'), ("licenses_exceeded", '<div class="note bad"')]
)
async def test_a_refusal_stands_where_it_belongs(code: str, begins: str) -> None:
    web = Web()
    web.licensing.refuses["invite"] = Problem(409, code, "Do this instead.")
    answer = await _post(web, "/team/invite", FILLED)
    assert answer.status_code == 409
    assert "Do this instead." in answer.text.partition(begins)[2].partition("</div>")[0]


async def test_a_suggestion_is_taken_by_a_button_and_nothing_is_saved_or_lost() -> None:
    web = Web()
    web.licensing.refuses["invite"] = Problem(422, "email_not_sso_domain", "", errors=[NEARLY])
    answer = await _post(web, "/team/invite", FILLED)
    button = re.search(r'<button[^>]* name="(take.email)" value="([^"]*)"', answer.text)
    assert button
    # Return in a field presses the first button of its form.
    assert answer.text.index('class="sr" tabindex="-1"') < button.start()
    taken = await _post(web, "/team/invite", {**FILLED, button[1]: button[2]})
    assert taken.status_code == 200
    assert 'value="tove@northwind.example"' in taken.text
    assert 'value="Lindahl"' in taken.text
    assert "Filled in. Nothing has been saved yet." in taken.text
    assert web.licensing.told == []
    edited = await _post(web, f"{AOIFE.link}/edit", {"title": "Lead", "take.reports_to": "b@northwind.example"})
    assert 'value="b@northwind.example"' in edited.text
    assert 'value="Lead"' in edited.text
    assert web.licensing.told == []


async def test_an_address_that_looks_like_a_slip_is_asked_about_once() -> None:
    web = Web()
    web.uploads.settings = northwind.COMPANY.model_copy(update={"sso_domains": ()})
    slip = {**FILLED, "email": "tove@gmial.com"}
    asked = await _post(web, "/team/invite", slip)
    assert asked.status_code == 422
    assert "Use tove@gmail.com" in asked.text
    assert web.licensing.told == []
    sure = re.search(r'name="sure" value="([^"]*)"', asked.text)
    assert sure
    assert (await _post(web, "/team/invite", {**slip, "sure": sure[1]})).status_code == 303
    assert (await _post(web, "/team/invite", {**slip, "email": "tove@outlok.com", "sure": sure[1]})).status_code == 422
    assert (await _post(web, "/team/invite", {**slip, "email": "tove@ourselves.example"})).status_code == 303


@pytest.mark.parametrize(
    ("because", "said"),
    [
        ({"what": "manager_deactivated", "name": "Mia Lee"}, "Moved up: Marta Lindqvist deactivated Mia Lee"),
        ({"what": "manager_cancelled", "name": "Mia"}, "Moved up: Marta Lindqvist cancelled the invitation of Mia"),
        ({"what": "manager_left", "name": None}, "Moved up: their manager left"),
    ],
)
async def test_who_moved_up_is_told_why_and_by_whom(because: dict[str, str], said: str) -> None:
    web = Web()
    by = {"email": northwind.MARTA.email, "name": "Marta Lindqvist"}
    entry = {"at": northwind.NOW, "what": "changed", "because": {**because, "by": by}}
    story = northwind.story(AOIFE).model_copy(update={"history": [HistoryEntry.model_validate(entry)]})
    web.licensing.user = _story(story)
    async with web.browser() as browser:
        assert said in (await browser.get(AOIFE.link)).text


def _story(story: UserWithHistory):
    async def user(token: str, user_id: UUID) -> UserWithHistory:
        return story

    return user


async def test_a_users_page_tells_fields_status_invitation_and_history_in_words() -> None:
    async with Web().browser() as browser:
        text = (await browser.get(AOIFE.link)).text
    for said in (
        "Recruiter",
        "Contract",
        "Waiting",
        "Sent ",
        "Invited by Marta Lindqvist",
        "Changed by Marta Lindqvist",
    ):
        assert said in text
    assert "They started fresh, without their earlier records." in text
    assert "Something else happened" in text
    assert f'href="/batches/{UUID(int=7)}"' in text


async def test_a_manager_reads_and_is_offered_nothing() -> None:
    async with Web().browser("manager") as browser:
        assert "/edit" not in (await browser.get(AOIFE.link)).text
        assert (await browser.get(f"{AOIFE.link}/edit")).status_code == 403
        assert (await browser.get("/team/invite")).status_code == 403


async def test_who_is_inactive_can_be_reactivated_and_not_edited() -> None:
    gone = _user("Daniel Osei")
    async with Web().browser() as browser:
        assert f"{AOIFE.link}/edit" in (await browser.get(AOIFE.link)).text
        page = (await browser.get(gone.link)).text
    assert "/edit" not in page
    assert f"/team/actions/reactivate?user={gone.user_id}" in page


async def test_the_email_is_in_the_form_until_the_user_has_joined() -> None:
    async with Web().browser() as browser:
        assert 'name="email"' in (await browser.get(f"{AOIFE.link}/edit")).text
        joined = (await browser.get(f"{PRIYA.link}/edit")).text
    assert 'name="email"' not in joined
    assert "The e-mail can’t be changed any more" in joined


async def test_saving_sends_what_this_form_changed_and_nothing_else() -> None:
    web = Web()
    kept = {"title": "Clerk", "was.title": "Clerk", "region": "", "was.region": "Iberia"}
    own = {"own.Contract": "Contractor", "was.own.Contract": "Employee"}
    answer = await _post(web, f"{AOIFE.link}/edit", {**kept, **own})
    assert answer.headers["location"] == f"{AOIFE.link}?note=saved"
    told = (UUID(AOIFE.user_id), {"region": None, "custom_fields": {"Contract": "Contractor"}})
    assert web.licensing.told == [("edit", told)]


async def test_saving_nothing_asks_nobody() -> None:
    web = Web()
    assert (await _post(web, f"{AOIFE.link}/edit", {})).status_code == 303
    assert web.licensing.told == []


async def test_an_email_that_changed_says_what_became_of_the_link() -> None:
    web = Web()
    answer = await _post(web, f"{AOIFE.link}/edit", {"email": "a@northwind.example", "was.email": AOIFE.email})
    async with web.browser() as browser:
        assert "A new invitation is on its way" in (await browser.get(answer.headers["location"])).text


async def test_nobody_of_another_company_is_there() -> None:
    async with Web().browser() as browser:
        assert (await browser.get(f"/team/{UUID(int=999)}")).status_code == 404
        assert (await browser.get("/team/no-id")).status_code == 404


@pytest.mark.parametrize("path", ["/team/invite", f"{AOIFE.link}/edit"])
async def test_a_form_from_elsewhere_changes_nobody(path: str) -> None:
    web = Web()
    async with web.browser() as browser:
        assert (await browser.post(path, data={"csrf": "made-up", "title": "x"})).status_code == 403
    assert web.licensing.told == []


async def test_a_manager_is_found_while_typing_and_the_most_frequent_without() -> None:
    web = Web()
    async with web.browser() as browser:
        for form in ("/team/invite", f"{AOIFE.link}/edit"):
            text = (await browser.get(form)).text
            assert '<option value="priya.raman@northwind.example">Priya Raman</option>' in text
            assert 'list="managers"' in text
        found = (await browser.get("/team/managers?q=herrero")).text
        assert 'data-value="lucia.herrero@northwind.example"' in found
        assert "Lucia Herrero, Regional Sales Manager" in found
        assert 'data-said="1 found.' in found
        assert "raman" not in found
        assert 'data-said="Nobody found"' in (await browser.get("/team/managers?q=zzz")).text
    # Who sees a part of My Team filters it by managers, too, and finds those whom they see.
    async with web.browser("manager") as browser:
        assert (await browser.get("/team/managers?q=herrero")).status_code == 200
