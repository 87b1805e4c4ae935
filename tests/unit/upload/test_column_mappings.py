"""What a company remembers of columns; and what an admin can say of a sheet's."""

import pytest

from services.upload.application.map_columns import resolved
from services.upload.domain.column_mappings import decide
from services.upload.domain.column_mappings.commands import (
    ForgetColumnMappings,
    RememberColumns,
    ReplaceColumnMappings,
)
from services.upload.domain.column_mappings.decide import COLUMN_MAPPINGS
from services.upload.domain.column_mappings.events import (
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    ColumnsRemembered,
)
from services.upload.domain.refusals import ColumnsRefused
from services.upload.read_models.columns.view import SheetColumn
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from tests.spec import given
from tests.unit.upload.examples import ADA, BEN

KNOWN = ColumnsRemembered(ADA, {"Kontakt": "Email", "Notiz": None})


def test_what_was_chosen_is_remembered_once() -> None:
    choice = RememberColumns(ADA, KNOWN.columns)
    given(COLUMN_MAPPINGS).when(choice).then(KNOWN).when(choice).then_nothing()


def test_only_what_is_new_is_recorded() -> None:
    choice = RememberColumns(BEN, {"Kontakt": "Email", "Notiz": "Title"})
    given(COLUMN_MAPPINGS, KNOWN).when(choice).then(ColumnsRemembered(BEN, {"Notiz": "Title"}))


def test_all_of_it_can_be_replaced_and_forgotten() -> None:
    replaced = ColumnMappingsReplaced(BEN, {"A": "Title"})
    run = given(COLUMN_MAPPINGS, KNOWN).when(ReplaceColumnMappings(BEN, {"A": "Title"})).then(replaced)
    run.when(ReplaceColumnMappings(ADA, {"A": "Title"})).then_nothing()
    run.when(ForgetColumnMappings(ADA)).then(ColumnMappingsForgotten(ADA))
    given(COLUMN_MAPPINGS).when(ForgetColumnMappings(ADA)).then_nothing()


def test_what_was_chosen_last_counts() -> None:
    later = ColumnsRemembered(BEN, {"Kontakt": None})
    assert COLUMN_MAPPINGS.fold([KNOWN, later]).columns == {"Notiz": None, "Kontakt": None}
    assert COLUMN_MAPPINGS.fold([KNOWN, ColumnMappingsForgotten(BEN)]).columns == {}


def test_more_than_so_many_headers_are_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide, "MAX_COLUMNS", 2)
    given(COLUMN_MAPPINGS, KNOWN).when(RememberColumns(ADA, {"Third": None})).then_refused(
        ColumnsRefused, code="too_many_columns"
    )


HEADERS = Headers(CompanySettings("Northwind", custom_fields=(CustomField("Level"),)))
SHEET = {"E-mail": "Email", "Email": None, "Vorname": "First Name", "Name": None, "Stufe ": None, "Kontakt": None}


def ask(asked: dict[str, str | None], sheet: dict[str, str | None] = SHEET) -> dict[str, str | None]:
    columns = [SheetColumn(header=h, field=f, by=None, guess=None, examples=[]) for h, f in sheet.items()]
    return resolved(asked, columns, HEADERS)


def test_a_choice_names_headers_and_fields_in_any_spelling() -> None:
    assert ask({"kontakt": None, "STUFE *": "level", "Name": "last name"}) == {
        "Kontakt": None,
        "Stufe ": "Level",
        "Name": "Last Name",
    }


@pytest.mark.parametrize(
    ("asked", "code", "about"),
    [
        ({"Shoe Size": None}, "unknown_column", "Shoe Size"),
        ({"e-MAIL": None}, "unknown_column", "e-MAIL"),
        ({"Kontakt": "Shoe Size"}, "unknown_column", "Shoe Size"),
        ({"Kontakt": "Errors"}, "unknown_column", "Errors"),
        ({"Kontakt": "Email"}, "duplicate_column", "Email"),
        ({"Kontakt": "Title", "Name": "title"}, "duplicate_column", "Title"),
        ({"Name": "Full Name"}, "duplicate_column", "First Name"),
    ],
)
def test_what_a_choice_cannot_say(asked: dict[str, str | None], code: str, about: str) -> None:
    with pytest.raises(ColumnsRefused) as refused:
        ask(asked)
    assert (refused.value.code, refused.value.column) == (code, about)


def test_of_two_columns_one_can_be_chosen() -> None:
    assert ask({"E-mail": None}, {"E-mail": "Email", "Email": "Email"}) == {"E-mail": None}
    assert ask({"E-mail": None, "Kontakt": "Email"}) == {"E-mail": None, "Kontakt": "Email"}
    assert ask({"Name": "Full Name", "Vorname": None}) == {"Name": "Full name", "Vorname": None}


def test_a_header_that_two_columns_have_stands_for_both() -> None:
    columns = [SheetColumn(header="Notiz", field=None, by=None, guess=None, examples=[])] * 2
    assert resolved({"Notiz": None}, columns, HEADERS) == {"Notiz": None}
    with pytest.raises(ColumnsRefused, match="duplicate_column"):
        resolved({"Notiz": "Title"}, columns, HEADERS)


def test_what_corrections_put_beside_a_full_name_is_no_duplicate() -> None:
    corrected = {"Email": "Email", "Name": "Full name", "Last Name": "Last Name", "Notiz": None}
    assert ask({"Notiz": "Title"}, corrected) == {"Notiz": "Title"}
