"""What the columns of a sheet are: which field, how that is known, and what the others may be."""

from collections.abc import Sequence

import pytest

from services.validation.domain.validation.columns import sheet_columns
from services.validation.domain.validation.workbook import Column
from shared.people.columns import ColumnMapping, Headers
from tests.unit.validation.sheets import COMPANY

Found = tuple[str, str | None, str | None, str | None]


def found(*columns: tuple[str, Sequence[str]], mapping: ColumnMapping | None = None) -> list[Found]:
    given = [Column(at, header, False, values) for at, (header, values) in enumerate(columns)]
    return [(c.header, c.field, c.by, c.guess) for c in sheet_columns(given, Headers(COMPANY, mapping))]


def test_what_each_column_is_read_as_and_how_that_is_known() -> None:
    mapping = ColumnMapping({"Notiz": None, "Kosten": "Cost Center"})
    columns = [(header, ()) for header in ("Email", "Vorname", "Name", "Notiz", "Kosten", "Errors", "Alter")]
    assert found(*columns, mapping=mapping) == [
        ("Email", "Email", "name", None),
        ("Vorname", "First Name", "name", "First Name"),
        ("Name", "Last Name", "guess", "Last Name"),
        ("Notiz", None, "mapping", None),
        ("Kosten", "Cost Center", "mapping", None),
        ("Alter", None, None, None),
    ]


@pytest.mark.parametrize(
    ("header", "values", "guess"),
    [
        ("Kontakt", ["a@x.example", "b@x.example"], "Email"),
        ("Kontakt", ["a@x.example", "b@x.example", "c@x.example", "d@x.example", "-"], "Email"),
        ("Kontakt", ["a@x.example", "-"], None),
        ("Name", ["a@x.example"], "Email"),
        ("Chef (Mailadresse)", ["a@x.example"], "Email"),
        ("Bereich", ["Sales", "FINANCE"], "Functional Area"),
        ("Gebiet", ["emea", "APAC"], "Region"),
        ("Stufe", ["IC", "Lead", "Lead"], "Level"),
        ("Bereich", ["Sales", "Vertrieb", "Einkauf"], None),
        ("Name", ["Ann Lee"], "Full name"),
        ("Alter", [], None),
    ],
)
def test_a_column_that_is_not_known_may_be_what_it_looks_like(
    header: str, values: Sequence[str], guess: str | None
) -> None:
    assert found((header, values)) == [(header, None, None, guess)]


@pytest.mark.parametrize(
    ("header", "values", "read"),
    [
        ("Vorgesetzter", ["Ann Lee", "Bo Berg"], None),
        ("Vorgesetzter", ["Ann Lee", "bo@x.example"], "Reports To"),
        ("Vorgesetzter", [], "Reports To"),
        ("Manager", ["Ann Lee"], "Reports To"),
        ("Région", ["Süd"], None),
        ("Région", ["Süd", "emea"], "Region"),
        ("Region", ["Süd"], "Region"),
        ("Abteilung", ["Vertrieb"], "Functional Area"),
        ("Titel", ["Dr.", "Prof. Dr. med.", "Dipl.-Ing."], None),
        ("Titel", ["Dr.", "Account Executive"], "Title"),
        ("Position", ["1", "2"], None),
        ("Position", ["Account Executive"], "Title"),
        ("Title", ["Dr."], "Title"),
    ],
)
def test_what_nobody_needs_is_not_read_where_its_values_are_of_another_kind(
    header: str, values: Sequence[str], read: str | None
) -> None:
    ((_, field, by, guess),) = found((header, values))
    assert (field, by) == (read, "name" if read else None)
    assert read or guess is None


def test_nothing_is_guessed_twice_or_where_a_column_is_it_already() -> None:
    addresses = ["a@x.example"]
    assert [guess for *_, guess in found(("A", addresses), ("B", addresses), ("C", addresses))] == [
        "Email",
        "Reports To",
        None,
    ]
    assert [guess for *_, guess in found(("Email", addresses), ("B", addresses), ("Name", ["Ann Lee"]))] == [
        None,
        "Reports To",
        "Full name",
    ]


def test_three_examples_are_shown() -> None:
    (column,) = sheet_columns([Column(0, "Note\x00", False, ["a", "b", "c", "d"])], Headers(COMPANY))
    assert (column.header, column.examples) == ("Note", ["a", "b", "c"])
