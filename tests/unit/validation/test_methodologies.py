"""What a file says of methodologies: whom it gives a seat, that it takes nothing away, whether the seats suffice."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.validation.domain.validation.columns import sheet_columns
from services.validation.domain.validation.directory_facts import Licenses
from services.validation.domain.validation.judgement import Change, JudgedRow
from services.validation.domain.validation.values import MethodologySeats
from services.validation.domain.validation.workbook import Column
from services.validation.formats.annotating.annotations import AnnotationCollector
from services.validation.formats.row_records import record
from shared.people.columns import Headers
from shared.people.model import Methodology, Person, SeatState
from shared.people.rules import Rules
from shared.people.statuses import Status
from tests.spec import replace
from tests.unit.validation.sheets import COMPANY, WithRows, address, codes, facts, judged, prepared, reading, user
from usher_contracts import Row

OURS = (Methodology("command", "Command of the Message"), Methodology("value", "Value, Framework"))
WITH = replace(COMPANY, methodologies=OURS)
HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Methodology Access")
ROOM = {"command": Licenses(10, 4), "value": Licenses(3, 2)}


def holder(local: str, status: Status = "active", **held: SeatState) -> Person:
    return replace(user(local, status=status), methodologies=held)


def new(local: str, access: str) -> Sequence[str]:
    return address(local), "Ann", "Lee", "Sales", access


def of(local: str, access: str) -> Sequence[str]:
    return address(local), "", "", "", access


def reviewed(*rows: Sequence[str], people: Sequence[Person] = (), seats: Mapping[str, Licenses] = ROOM) -> WithRows:
    return judged(reading(*rows, head=HEAD), facts(*people, seats=seats), WITH)


def only(cells: Sequence[str], *people: Person) -> JudgedRow:
    [row] = reviewed(cells, people=people).rows
    return row


def stored(row: JudgedRow) -> Row:
    return Row.model_validate_json(orjson.dumps(record(row)))


def test_a_new_user_gets_what_the_cell_names() -> None:
    row = only(new("ann", "value, framework; COMMAND"))
    assert (row.outcome, row.methodologies, row.granted) == ("invite", ("command", "value"), ("command", "value"))
    assert stored(row).values.methodologies == ("command", "value")


@pytest.mark.parametrize("status", ["waiting", "pending_transfer", "active"])
def test_a_user_gets_what_they_have_not_and_keeps_what_they_have(status: Status) -> None:
    row = only(of("ben", "Value, Framework"), holder("ben", status, command="consumed"))
    assert row.outcome == "change"
    assert row.changes == (
        Change("methodologies", "Command of the Message", "Command of the Message; Value, Framework"),
    )
    assert (row.methodologies, row.granted) == (("value",), ("value",))


def test_the_first_one_is_from_nothing() -> None:
    assert only(of("ben", "command"), holder("ben")).changes == (
        Change("methodologies", None, "Command of the Message"),
    )


@pytest.mark.parametrize("held", ["reserved", "consumed"])
@pytest.mark.parametrize("access", ["command", "Command of the Message\n", ""])
def test_a_row_that_names_what_its_user_has_is_unchanged(held: SeatState, access: str) -> None:
    row = only(of("ben", access), holder("ben", command=held, value="reserved"))
    assert (row.outcome, row.changes, row.granted) == ("unchanged", (), ())


def test_an_inactive_user_gets_none() -> None:
    assert codes(only(of("zed", "value"), holder("zed", "inactive", command="consumed"))) == ["user_inactive"]


def test_an_inactive_user_may_stand_there_with_what_they_have_used() -> None:
    row = only(of("zed", "command"), holder("zed", "inactive", command="consumed"))
    assert (row.outcome, [warning.code for warning in row.warnings]) == ("unchanged", ["inactive_unchanged"])


def test_an_unknown_one_is_an_error_of_its_row_beside_the_others() -> None:
    row = only((address("ann"), "", "Lee", "Sales", "Comand of the Message, value, framework"))
    assert codes(row) == ["first_name_required", "methodology_unknown"]
    assert (row.errors[1].column, row.errors[1].suggestion) == (
        "Methodology Access",
        "Command of the Message; Value, Framework",
    )
    assert stored(row).values.methodologies == ("Comand of the Message, value, framework",)
    assert row.granted == ()


def test_a_cell_without_a_value_is_an_error() -> None:
    [row] = judged(reading(new("ann", ""), head=HEAD, faults={2: {4: "#N/A"}}), facts(), WITH).rows
    assert [(error.code, error.column) for error in row.errors] == [("cell_error", "Methodology Access")]


def test_a_company_without_any_is_told_and_a_blank_column_is_nothing() -> None:
    told, blank = (judged(reading(new("ann", access), head=HEAD), facts()).rows[0] for access in ("command", " "))
    assert codes(told) == ["methodology_unknown"] and "no methodologies" in told.errors[0].message
    assert blank.outcome == "invite"


def test_the_review_says_what_there_is_of_each() -> None:
    result = reviewed(new("ann", "command"), new("bob", ""), of("ben", "value, framework"), people=[holder("ben")])
    assert result.passed
    assert result.seats.methodologies == (
        MethodologySeats("command", "Command of the Message", 10, 4, 6, 1),
        MethodologySeats("value", "Value, Framework", 3, 2, 1, 1),
    )


def test_each_pool_that_is_too_small_is_an_error_of_the_file() -> None:
    rows = [new("ann", "command, value, framework"), of("ben", "Value, Framework"), of("cat", "value, framework")]
    people = [holder("ben"), holder("cat", value="consumed")]
    result = reviewed(*rows, people=people, seats={"command": Licenses(2, 5), "value": Licenses(3, 2)})
    assert [(e.code, e.methodology, e.requested, e.available, e.columns) for e in result.errors] == [
        ("methodology_seats_exceeded", "command", 1, 0, ("Methodology Access",)),
        ("methodology_seats_exceeded", "value", 2, 1, ("Methodology Access",)),
    ]
    assert result.errors[1].message == (
        "The file needs 2 seats of Value, Framework and 1 is available. "
        "Remove it from 1 row, or free 1 seat, and reupload it."
    )
    assert not result.passed


def test_what_takes_a_seat_that_is_not_there_is_marked() -> None:
    read = reading(new("ann", "command"), new("bob", ""), of("ben", "command"), head=HEAD)
    collector = AnnotationCollector(prepared(read, WITH), read.columns)
    result = judged(read, facts(holder("ben"), seats={}), WITH)
    for row in result.rows:
        collector.add(row)
    marks = collector.of(result)
    assert [(mark.row, mark.column, mark.whole_row) for mark in marks] == [(2, 4, False), (4, 4, False)]
    assert all(mark.message == result.errors[0].message for mark in marks)


accesses = st.lists(
    st.sampled_from(["command", "Command of the Message", "VALUE", "Value, Framework", "", "Zebra"]), max_size=4
)
held = st.dictionaries(st.sampled_from(["command", "value"]), st.sampled_from(["reserved", "consumed"]))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.booleans(), accesses, st.sampled_from([", ", ";", "\n"]), held), max_size=6),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_a_file_needs_a_seat_for_each_user_who_has_none_yet(rows: Any, purchased: tuple[int, int]) -> None:
    """Whoever stands in it, however they are named."""
    people = [holder(f"u{n}", **has) for n, (known, _, _, has) in enumerate(rows) if known]
    cells = [
        of(f"u{n}", joiner.join(access)) if known else new(f"u{n}", joiner.join(access))
        for n, (known, access, joiner, _) in enumerate(rows)
    ]
    seats = {pool.id: Licenses(count, 0) for pool, count in zip(OURS, purchased, strict=True)}
    result = reviewed(*cells, people=people, seats=seats)
    wanted = {"command": 0, "value": 0}
    for known, access, _, has in rows:
        if "Zebra" in access:
            continue
        named = {"command" if "command" in each.lower() else "value" for each in access if each}
        for key in named - (has.keys() if known else set()):
            wanted[key] += 1
    assert {pool.id: pool.required for pool in result.seats.methodologies} == wanted
    too_few = [key for key in wanted if wanted[key] > seats[key].available]
    assert [error.methodology for error in result.errors if error.methodology] == too_few
    for row, (known, access, _, has) in zip(result.rows, rows, strict=True):
        assert ("methodology_unknown" in codes(row)) == ("Zebra" in access)
        if row.outcome == "unchanged":
            assert known and not row.granted
        after = {*(has if known else ()), *row.granted}
        assert row.outcome == "error" or after >= set(row.methodologies)


# --- which column it is


def columns(header: str, *values: str) -> list[tuple[str | None, str | None]]:
    found = sheet_columns([Column(0, "Email"), Column(1, header, values=values)], Headers(WITH))
    return [(each.field, each.guess) for each in found[1:]]


def test_a_word_of_another_language_is_read_where_its_values_are_methodologies() -> None:
    assert columns("Methodik", "Command of the Message, Value, Framework") == [
        ("Methodology Access", "Methodology Access")
    ]
    assert columns("Methodik", "Agil", "Wasserfall") == [(None, None)]


def test_a_column_is_guessed_by_its_values() -> None:
    assert columns("Zugang", "command", "value, framework; command") == [(None, "Methodology Access")]


def test_rules_of_other_columns_are_as_they_were() -> None:
    assert [field.key for field in Rules(WITH).fields] == [field.key for field in Rules(COMPANY).fields]
