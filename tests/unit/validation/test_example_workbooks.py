"""The example workbooks say what examples/README.md says of them."""

import json
from pathlib import Path

import orjson
import pytest

from examples import make
from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from tests.unit.validation.sheets import WithRows, facts, judged, user

FOLDER = Path(make.__file__).parent
MAYA = user("maya.lindqvist")
WRONG = {
    16: {"email_invalid"},
    17: {"email_not_sso_domain"},
    20: {"last_name_required"},
    24: {"region_unknown"},
    26: {"functional_area_unknown"},
    28: {"reports_to_unknown"},
    31: {"custom_field_unknown_value"},
    33: {"email_duplicate"},
    34: {"email_duplicate"},
    35: {"cell_error"},
}


def company() -> CompanySettings:
    stored = json.loads((FOLDER / "company.json").read_text())
    return CompanySettings(
        stored["name"],
        tuple(stored["sso_domains"]),
        tuple(stored["functional_areas"]),
        tuple(stored["regions"]),
        tuple(CustomField(each["name"], each["required"], _values(each["values"])) for each in stored["custom_fields"]),
    )


def _values(listed: list[str] | None) -> tuple[str, ...] | None:
    return None if listed is None else tuple(listed)


def read(name: str) -> Reading:
    found = decode(orjson.loads(read_in_child(str(FOLDER / name), Headers(company()), ReadingLimits())))
    assert isinstance(found, Reading), found
    return found


def verdict(name: str, *people: str) -> WithRows:
    return judged(read(name), facts(MAYA, *map(user, people)), company())


def test_the_team_has_the_mistakes_that_are_listed() -> None:
    rows = verdict("team.xlsx").rows
    assert len(rows) == 40
    assert {row.number: {error.code for error in row.errors} for row in rows if row.errors} == WRONG
    assert [error.suggestion for error in rows[26 - 5].errors] == ["Logistics"]


def test_the_corrected_team_is_forty_invitations() -> None:
    found = verdict("team-corrected.xlsx")
    assert (found.counts.invite, found.counts.error, found.errors) == (40, 0, ())


def test_the_second_wave_fits_the_first() -> None:
    here = [row.email.partition("@")[0] for row in verdict("team-corrected.xlsx").rows]
    counts = verdict("second-wave-libreoffice.xlsx", *here).counts
    assert (counts.invite, counts.change, counts.error) == (4, 3, 0)


@pytest.mark.parametrize(("name", "mistakes"), [("team.xlsx", True), ("team-corrected.xlsx", False)])
def test_they_are_made_the_same_again(name: str, mistakes: bool) -> None:
    assert (FOLDER / name).read_bytes() == make.team(mistakes)
