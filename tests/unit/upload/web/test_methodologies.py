"""Methodologies on the pages: on Review and Confirm what a file needs of their seats."""

import re

import pytest

from services.upload.read_models.batches.view import Counts, FileFinding, MethodologySeats, Seats
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
