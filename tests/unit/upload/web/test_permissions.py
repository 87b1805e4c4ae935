"""Permissions on the pages: boxes in the forms, who granted what on a user's page, a column and a filter in My Team."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.upload.web.licensing_models import Grant, HistoryEntry, Inviter, User, UserWithHistory
from services.upload.web.permission_boxes import PermissionBoxes
from shared.http.problems import Problem
from shared.people.access import PERMISSIONS
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
AOIFE = northwind.user("Aoife Brennan")
ADA = Inviter(email="ada@northwind.example", name="Ada")
AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def _with(web: Web, *permissions: str, **changes: object) -> User:
    """The company has Aoife with these."""
    aoife = AOIFE.model_copy(update={"permissions": permissions, **changes})
    web.licensing.users = [aoife if each.user_id == AOIFE.user_id else each for each in northwind.USERS]
    return aoife


async def _post(web: Web, path: str, **fields: str | list[str]):
    async with web.browser() as browser:
        return await browser.post(path, data={"csrf": web.csrf, **fields})


async def _get(web: Web, path: str) -> str:
    async with web.browser() as browser:
        return (await browser.get(path)).text


async def test_a_form_says_what_each_means_and_sends_what_was_ticked() -> None:
    web = Web()
    text = await _get(web, "/team/invite")
    assert text.count('name="permission"') == len(PERMISSIONS)
    assert "an admin of your company" in text and "In Usher it changes nothing." in text
    purchases = text.partition('value="authorize_purchases"')[2].partition(">")[0]
    assert "disabled" in purchases, "the platform alone grants it"
    new = {"email": "tove@northwind.example", "was.permissions": "", "permission": ["manage_users", "manage_reports"]}
    await _post(web, "/team/invite", **new)
    told = {"email": "tove@northwind.example", "permissions": ["manage_users", "manage_reports"]}
    assert web.licensing.told == [("invite", told)]


async def test_an_edit_sends_the_set_as_it_shall_be_and_nothing_where_nothing_was_changed() -> None:
    web = Web()
    _with(web, "manage_reports", "authorize_purchases")
    text = await _get(web, f"{AOIFE.link}/edit")
    for name, ticked in (("manage_users", False), ("manage_reports", True), ("authorize_purchases", True)):
        assert (" checked" in text.partition(f'name="permission" value="{name}"')[2].partition(">")[0]) is ticked
    same = {"was.permissions": "manage_reports authorize_purchases", "permission": ["manage_reports"]}
    await _post(web, f"{AOIFE.link}/edit", **same)
    assert web.licensing.told == []
    await _post(web, f"{AOIFE.link}/edit", **{**same, "permission": ["manage_users"]})
    assert web.licensing.told == [
        ("edit", (UUID(AOIFE.user_id), {"permissions": ["manage_users", "authorize_purchases"]}))
    ]


async def test_that_nobody_else_would_be_an_admin_is_said_and_the_form_stays() -> None:
    web = Web()
    _with(web, "manage_users")
    web.licensing.refuses["edit"] = Problem(409, "last_admin", "Grant it to somebody else first.")
    answer = await _post(web, f"{AOIFE.link}/edit", **{"was.permissions": "manage_users", "title": "Lead"})
    assert answer.status_code == 409
    assert (
        "Grant it to somebody else first." in answer.text.partition('<div class="note bad"')[2].partition("</div>")[0]
    )
    assert 'value="Lead"' in answer.text
    assert " checked" not in answer.text.partition('name="permission" value="manage_users"')[2].partition(">")[0]


def test_what_others_gave_and_took_meanwhile_is_left_alone() -> None:
    now = PermissionBoxes.of(["manage_assignments"])
    sent = {"was.permissions": ["manage_users"], "permission": ["manage_users", "manage_reports"]}
    assert now.posted(sent).change() == {"permissions": ["manage_assignments", "manage_reports"]}
    assert now.posted({}).change() == {}


async def test_a_users_page_says_who_granted_what_when(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    aoife = _with(web, "manage_users", "authorize_purchases", status="inactive")
    entry = HistoryEntry(
        at=AT, what="permissions_changed", by=ADA, granted=["manage_users"], withdrawn=["manage_reports"]
    )
    granted = [Grant(permission="manage_users", at=AT, by=ADA), Grant(permission="authorize_purchases", at=AT, by=None)]

    async def user(token: str, user_id: UUID) -> UserWithHistory:
        return UserWithHistory(**dict(aoife), history=[entry], granted=granted)

    monkeypatch.setattr(web.licensing, "user", user)
    text = await _get(web, AOIFE.link)
    assert "Permissions changed by Ada" in text
    assert "<ins>Manage users</ins>" in text and "<del>Manage reports</del>" in text
    part = text.partition('id="may"')[2]
    assert "Granted by Ada, " in part and "Granted by whoever looks after your company’s contract, " in part
    assert "They hold once this user is Active." in part
    assert part.count('name="withdraw"') == 1, "of who is Inactive it can be taken away"
    answer = await _post(web, f"{AOIFE.link}/permissions", withdraw="manage_users")
    assert answer.status_code == 303
    assert web.licensing.told == [("edit", (UUID(AOIFE.user_id), {"permissions": ["authorize_purchases"]}))]


async def test_my_team_has_a_filter_and_a_column_of_them() -> None:
    web = Web()
    _with(web, "manage_users", "manage_reports")
    text = await _get(
        web, "/team?permission=manage_users&permission=manage_reports&permission=rule&columns=permissions"
    )
    assert web.licensing.asked[-1]["permission"] == "manage_users,manage_reports"
    assert "Manage users, Manage reports" in text
    assert 'value="manage_users" checked' in text
    assert "Permission: Manage users" in text
