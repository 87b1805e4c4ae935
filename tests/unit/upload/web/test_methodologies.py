"""Methodologies on the pages: what a file needs of their seats, boxes in the forms, My Team by them."""

import re
from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest

from services.upload.read_models.batches.view import Counts, FileFinding, MethodologySeats, Seats
from services.upload.read_models.rows.view import Row
from services.upload.web import licensing_models
from services.upload.web.licensing_models import Group, Groups, HistoryEntry, Inviter
from services.upload.web.methodology_boxes import MethodologyBoxes
from shared.people.messages import methodology_seats_exceeded
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from usher_contracts import Methodology

pytestmark = pytest.mark.anyio

COMMAND = MethodologySeats(
    id="command", name="Command of the Message", purchased=23, occupied=22, available=1, required=3
)
VALUE = MethodologySeats(id="value", name="Value Framework", purchased=5, occupied=0, available=5, required=2)
UNUSED = MethodologySeats(id="other", name="Discovery", purchased=5, occupied=0, available=5, required=0)
SEATS = Seats(purchased=25, occupied=22, available=3, required=3, methodologies=[COMMAND, VALUE, UNUSED])
TOO_FEW = northwind.batch(
    "needs_correction",
    counts=Counts(rows=6, invite=3, change=2, unchanged=1),
    seats=SEATS,
    file_errors=[
        FileFinding(
            code="methodology_seats_exceeded", message=methodology_seats_exceeded("Command of the Message", 3, 1)
        )
    ],
    annotated=True,
)
WRONG = northwind.row(
    9,
    "Ann Lee",
    "error",
    errors=[
        northwind.error(
            "methodology_unknown",
            "Methodology Access",
            "“Comand” is not one of your methodologies.",
            "Comand, Value Framework",
            "Command of the Message, Value Framework",
        )
    ],
)


def company(web: Web) -> None:
    methodologies = tuple(
        Methodology(id=each.id, name=each.name, purchased=each.purchased) for each in (COMMAND, VALUE)
    )
    web.uploads.settings = northwind.COMPANY.model_copy(update={"methodologies": methodologies})


async def text(web: Web, path: str) -> str:
    async with web.browser() as browser:
        return (await browser.get(path)).text


async def test_review_says_of_which_methodology_there_are_too_few_seats_and_how_many_to_remove() -> None:
    web = Web()
    shown = await text(web, web.has(TOO_FEW) + "/review")
    assert "<h1>Not enough seats of a methodology</h1>" in shown
    assert "Remove it from 2 rows, or free 2 seats, and reupload it." in shown
    assert "<strong>Command of the Message</strong>: needs 3, 1 seat available" in shown
    assert "remove it from 2 rows" in shown
    assert "<strong>Value Framework</strong>: needs 2, 5 seats available</li>" in shown
    assert "Discovery" not in shown
    assert "Check again" in shown and "Withdraw the methodology" in shown
    assert "Cancel an invitation" not in shown


async def test_confirm_says_what_is_left_of_each_and_who_gets_which() -> None:
    web = Web()
    seats = SEATS.model_copy(update={"methodologies": [VALUE]})
    row = northwind.row(4, "Tove Lindahl", values={"first_name": "Tove", "methodologies": ["value"]})
    shown = await text(web, web.has(northwind.batch("ready_for_review", seats=seats), [row]) + "/confirm")
    assert "needs 2, 5 seats available, 3 seats left afterwards" in shown
    (cell,) = re.findall(r'data-label="Methodology Access">(.*?)</td>', shown)
    assert "Value Framework" in cell


async def test_a_cell_is_corrected_by_words_since_it_can_hold_several() -> None:
    web = Web()
    company(web)
    counts = Counts(rows=6, invite=3, error=1)
    shown = await text(web, web.has(northwind.batch("needs_correction", counts=counts), [WRONG]) + "/review")
    assert '<input id="c9-Methodology_20Access" name="new" value="Comand, Value Framework"' in shown
    assert 'list="list-1"' in shown and '<option value="Value Framework"></option>' in shown
    assert 'value="Command of the Message, Value Framework" formnovalidate' in shown


# --- forms and My Team

AOIFE = northwind.user("Aoife Brennan")


def with_pools(**held: str) -> Web:
    web = Web()
    company(web)
    pools = [
        licensing_models.MethodologySeats(id="command", name="Command of the Message", purchased=23, available=1),
        licensing_models.MethodologySeats(id="value", name="Value Framework", purchased=5, available=0),
    ]
    web.licensing.licenses = web.licensing.licenses.model_copy(update={"methodologies": pools})
    aoife = AOIFE.model_copy(update={"methodologies": held})
    web.licensing.users = [aoife if each.user_id == AOIFE.user_id else each for each in northwind.USERS]
    return web


async def post(web: Web, path: str, **fields: str | list[str]) -> None:
    async with web.browser() as browser:
        await browser.post(path, data={"csrf": web.csrf, **fields})


async def test_a_form_has_a_box_for_each_with_what_is_left() -> None:
    web = with_pools()
    shown = await text(web, "/team/invite")
    assert "1 seat left" in shown and "0 seats left" in shown
    email = "tove@northwind.example"
    await post(web, "/team/invite", email=email, **{"was.methodologies": "", "methodology": ["command", "value"]})
    assert web.licensing.told == [("invite", {"email": email, "methodologies": ["command", "value"]})]


async def test_an_edit_locks_what_was_used_and_sends_the_set_as_it_shall_be() -> None:
    web = with_pools(command="consumed", value="reserved")
    shown = await text(web, f"{AOIFE.link}/edit")
    used = shown.partition('name="methodology" value="command"')[2].partition(">")[0]
    assert "checked" in used and "disabled" in used and "Used already: it stays theirs" in shown
    was = {"was.methodologies": "command value"}
    await post(web, f"{AOIFE.link}/edit", **was, methodology="value")
    assert web.licensing.told == []
    await post(web, f"{AOIFE.link}/edit", **was)
    assert web.licensing.told == [("edit", (UUID(AOIFE.user_id), {"methodologies": ["command"]}))]


async def test_a_company_without_any_has_no_boxes() -> None:
    assert "was.methodologies" not in await text(Web(), "/team/invite")


def test_what_others_gave_meanwhile_is_left_alone() -> None:
    boxes = MethodologyBoxes.of((), {"command": "reserved"}).posted(
        {"was.methodologies": [""], "methodology": ["value"]}
    )
    assert boxes.change() == {"methodologies": ["command", "value"]}


async def test_my_team_filters_and_shows_them_by_name() -> None:
    web = with_pools(command="consumed", value="reserved")
    shown = await text(web, "/team?methodologies=command&columns=methodologies")
    assert web.licensing.asked[-1]["methodology"] == "command"
    assert "Methodology Access: Command of the Message" in shown, "what is filtered by"
    (cell,) = re.findall(r'data-label="Methodology Access">(Command.*?)</td>', shown)
    assert "(used)" in cell and "Value Framework" in cell
    assert '<input type="checkbox" name="methodologies" value="value">' in shown
    assert '<option value="methodologies"' in shown


async def test_a_group_of_them_has_its_name_and_leads_to_its_users() -> None:
    web = with_pools()
    web.licensing.grouped = Groups(
        users=3, total=1, items=[Group(value="command", name="Command of the Message", count=2)]
    )
    shown = await text(web, "/team?group=methodologies")
    assert '<a href="/team?methodologies=command">Command of the Message</a>' in shown


async def test_the_page_of_a_user_says_which_they_have() -> None:
    shown = await text(with_pools(command="consumed"), AOIFE.link)
    assert "Command of the Message (used)" in shown


async def test_history_and_undo_say_them_by_name() -> None:
    web = with_pools()
    marta = Inviter(email=northwind.MARTA.email, name=northwind.MARTA.name)
    given = HistoryEntry(at=northwind.NOW, what="methodology_granted", by=marta, methodology="command",
                         batch_id=str(UUID(int=7)), file_name="q3.xlsx")  # fmt: skip
    web.licensing.user = AsyncMock(return_value=northwind.story(AOIFE).model_copy(update={"history": [given]}))
    assert "Given a seat of Command of the Message by Marta Lindqvist" in (shown := await text(web, AOIFE.link))
    assert f'<a href="/batches/{UUID(int=7)}">by q3.xlsx</a>' in shown
    change = {"field": "methodologies", "from": "command", "to": None}
    taken: dict[str, Any] = {
        "row": 1,
        "values": {},
        "outcome": "restore",
        "email": AOIFE.email,
        "user_id": AOIFE.user_id,
    }
    path = web.has(northwind.UNDO_READY, [Row.model_validate({**taken, "changes": [change]})])
    undone = await text(web, f"{path}/confirm?tab=restored")
    assert "Command of the Message" in undone and ">command<" not in undone
