"""Which of the first rows is the header."""

from collections.abc import Sequence

import pytest

from services.validation.formats.reading.header import choose, likeliest, words
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField

HEADERS = Headers(CompanySettings("Northwind", custom_fields=(CustomField("Level"),)))


def texts(*rows: Sequence[str]) -> list[dict[int, str]]:
    return [{at: text for at, text in enumerate(row) if text} for row in rows]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Email", "Title"], ["a@x.example", "AE"]], 0),
        ([["Spring intake"], ["Email", "Title"]], 1),
        ([["E-mail: ", "hr@x.example"], [], ["Email", "First Name", "Last Name"]], 2),
        ([["E-mail:", "hr@x.example"], ["Email", "Notes"]], 1),
        ([["Email", "required"], ["First Name", "required"], ["Level", "Email", "First Name"]], 2),
        ([["Email", "Title"], ["a@x.example", "AE"], ["Email", "Title"]], 0),
        ([["Email", "Email Address", "E-mail"], ["Email", "Title"]], 1),
        ([["Email", "Errors"], ["Email", "Level"]], 1),
        ([["Name", "Title"]], None),
        ([["E-Mail-Adresse", "Vorname"]], 0),
        ([["Courriel", "Prénom", "Nom de famille"], ["Email", "Code"]], 1),
        ([["Email", "Vorname", "Nachname"], ["Email", "First Name"]], 1),
        ([], None),
    ],
)
def test_the_one_that_knows_most_columns(rows: list[list[str]], header: int | None) -> None:
    assert choose(texts(*rows), HEADERS) == header


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Personal"], ["Vorname", "Nachname", "E-Mail-Adresse"], ["Ann", "Lee", "a@x.example"]], 1),
        ([["メール", "氏名"], ["a@x.example", "42"]], 0),
        ([["1", "2", "3"], ["Nom", "Prénom"]], 1),
    ],
)
def test_what_looks_most_like_a_header(rows: list[list[str]], header: int) -> None:
    assert likeliest(texts(*rows), HEADERS) == header


def test_nothing_looks_like_a_header() -> None:
    assert likeliest([], HEADERS) is None and likeliest(texts(["a@x.example"], ["5"]), HEADERS) is None


def test_control_characters_of_a_header_are_not_repeated() -> None:
    assert words(["No\x00te", "a\u202eb", "x" * 500, "7", "Note"]) == ("Note", "ab", "x" * 120)
