"""The pages of what happened, and of who joined."""

import re
from html import unescape
from typing import Any

import pytest

from services.upload.web.activity_models import Happening, JoinedGroup, Refusal, WantedMore, WhoJoined, Whom
from services.upload.web.licensing_models import Changed, Inviter
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from usher_contracts import Methodology

pytestmark = pytest.mark.anyio

MAYA = Inviter(email="maya@northwind.example", name="Maya Lindqvist")
JON = Whom(user_id=str(northwind.UUID(int=77)), email="jon@northwind.example", name="Jon Reyes")
BATCH = str(northwind.UUID(int=5))
COMMAND = Methodology(id="command", name="Command of the Message", purchased=23)
MORE = WantedMore(licenses=12, methodologies={"command": 1}, names={"command": "Command of the Message"})


def happened(what: str, **more: Any) -> Happening:
    given: dict[str, Any] = {"id": str(northwind.UUID(int=9)), "at": northwind.NOW, "by": MAYA, "user": JON, **more}
    return Happening(what=what, **given)


async def said(*items: Happening, path: str = "/activity") -> str:
    web = Web()
    web.uploads.settings = northwind.COMPANY.model_copy(update={"methodologies": (COMMAND,)})
    web.licensing.happened = items
    async with web.browser() as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.text.replace("<wbr>", ""))))


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (happened("deactivated", origin="form"), "Maya Lindqvist deactivated Jon Reyes"),
        (
            happened("invited", count=10_000, user=None, batch_id=BATCH, file_name="q3.xlsx", origin="file"),
            "Maya Lindqvist invited 10,000 users",
        ),
        (happened("activated", by=None, origin="invitee"), "Jon Reyes joined"),
        (happened("provisioned", by=None, origin="platform"), "Usher’s operator added Jon Reyes"),
        (
            happened("batch_confirmed", user=None, batch_id=BATCH, file_name="q3.xlsx"),
            "Maya Lindqvist confirmed q3.xlsx",
        ),
        (
            happened("refused", refused=Refusal(action="deactivate", code="own_account", message="Nobody can.")),
            "Maya Lindqvist wanted to deactivate Jon Reyes, and was refused: Nobody can.",
        ),
        (
            happened("refused", user=None, batch_id=BATCH, file_name="q3.xlsx",
                     refused=Refusal(action="approve", code="own_batch", message="Another admin has to.")),
            "Maya Lindqvist wanted to approve q3.xlsx, and was refused: Another admin has to.",
        ),
        (
            happened("batch_refused", by=None, user=None, batch_id=BATCH,
                     refused=Refusal(action="confirm", code="licenses_exceeded")),
            "a batch was not carried out: there were not enough free licenses",
        ),
        (
            happened("refused", by=Inviter(email=MAYA.email, name="SCIM: Entra ID"), origin="scim",
                     refused=Refusal(action="change_group", code="methodology_seats_exceeded", message="Too few.")),
            "SCIM: Entra ID wanted to change who has a methodology: Jon Reyes, and was refused: Too few.",
        ),
        (
            happened("methodology_granted", methodology="command"),
            "Maya Lindqvist gave Jon Reyes a seat of Command of the Message",
        ),
        (happened("methodology_granted", methodology="gone"), "Maya Lindqvist gave Jon Reyes a seat of gone"),
        (
            happened("seats_requested", user=None, wanted=MORE),
            "Maya Lindqvist asked for 12 more licenses and 1 more seat of Command of the Message",
        ),
        (
            happened("seats_request_answered", by=None, user=None, origin="platform",
                     wanted=WantedMore(licenses=1, answer="declined")),
            "Usher’s operator declined 1 more license",
        ),
        (happened("did_what_nobody_knows_yet"), "Maya Lindqvist did something else"),
    ],
)  # fmt: skip
async def test_each_thing_is_a_plain_sentence(one: Happening, sentence: str) -> None:
    assert sentence in await said(one)


async def test_it_says_from_where_and_what_changed() -> None:
    text = await said(
        happened(
            "changed", origin="file", file_name="q3.xlsx", changes=[Changed(field="title", **{"from": "AE"}, to="Lead")]
        )
    )
    assert "from a file: q3.xlsx" in text
    assert "Title: AE becomes→ Lead" in text


async def test_it_says_which_permissions_somebody_was_given_and_lost() -> None:
    text = await said(happened("permissions_changed", granted=["manage_users"], withdrawn=["manage_reports"]))
    assert "changed the permissions of Jon Reyes" in text
    assert "Manage users" in text and "Manage reports taken away" in text


async def test_the_filters_of_the_address_are_those_of_the_list_and_of_the_file() -> None:
    web = Web()
    async with web.browser() as browser:
        browser.cookies.set("zone", "Europe/Berlin")
        asked = f"who=maya%40northwind.example&kind=refused&user={JON.user_id}&since=2026-11-01&until=2026-11-30"
        page = await browser.get(f"/activity?{asked}&batch=nonsense")
        file = await browser.get(f"/activity.csv?{asked}")
    expected = {
        "who": "maya@northwind.example",
        "what": "refused",
        "user_id": JON.user_id,
        "from": "2026-11-01T00:00:00+01:00",
        "to": "2026-12-01T00:00:00+01:00",
    }
    assert web.licensing.asked == [{**expected, "limit": "50"}, expected]
    assert "Nothing fits these filters" in page.text
    assert 'href="/activity.csv?kind=refused' in page.text
    assert file.text == "activity"


async def test_a_line_of_many_opens_to_its_users() -> None:
    text = await said(path=f"/activity/{northwind.UUID(int=9)}")
    assert northwind.USERS[0].full_name in text


async def test_a_user_and_a_batch_lead_to_their_activity() -> None:
    web = Web()
    done = northwind.batch("completed")
    web.has(done)
    async with web.browser() as browser:
        user = (await browser.get(f"/team/{northwind.USERS[0].user_id}")).text
        batch = (await browser.get(f"/batches/{done.id}")).text
        assert f'href="/activity?user={northwind.USERS[0].user_id}"' in user
        assert f'href="/activity?batch={done.id}"' in batch
        assert 'href="/activity"' in batch, "the navigation"


@pytest.mark.parametrize("by", ["day", "manager", "region"])
async def test_who_joined_is_counted_and_parted(by: str) -> None:
    web = Web()
    web.licensing.who_joined = WhoJoined(
        invited=200, joined=128, gone=2, groups=[JoinedGroup(value="2026-11-30", invited=128, joined=128)]
    )
    async with web.browser() as browser:
        text = (await browser.get(f"/team/joined?by={by}")).text
    assert web.licensing.asked[-1] == {"by": by}
    assert "128 of 200 have joined" in text and "2 of them are in My Team no longer" in text


async def test_a_batch_says_how_many_have_joined_and_is_shown_without_that_too() -> None:
    web = Web()
    done = northwind.batch("completed")
    web.has(done)
    web.licensing.who_joined = WhoJoined(invited=200, joined=128)
    async with web.browser() as browser:
        assert "128 of 200 have joined" in (await browser.get(f"/batches/{done.id}")).text
        web.licensing.refuses["joined"] = Problem(503, "unavailable", "Away.")
        answer = await browser.get(f"/batches/{done.id}")
    assert answer.status_code == 200 and "have joined" not in answer.text
