"""The objects of a batch without a person: what is theirs goes, what is others' stays to the byte."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.upload.formats.erased_objects import (
    TheirRows,
    erased_columns,
    erased_corrections,
    erased_draft,
    erased_mapping,
    erased_rows,
    private_values,
    their_rows,
)
from shared.erasure.person import AddressDigests, Person
from shared.object_store.rewritten_blocks import records_of, rewritten, section_of
from shared.object_store.row_blocks import BLOCK, BlockWriter
from shared.workbooks.erasing import Place

QUILLON = "zebedee.quillon@northwind.example"
ID = UUID("0190a000-0000-7000-8000-0000000000d9")
ANOTHER = "0190a000-0000-7000-8000-0000000000aa"
DIGESTS = AddressDigests("k" * 32)
PERSON = Person(
    UUID("0190a000-0000-7000-8000-0000000000e1"),
    UUID("0190a000-0000-7000-8000-0000000000c1"),
    frozenset({ID}),
    frozenset(DIGESTS.of(QUILLON)),
    datetime(2026, 11, 30, tzinfo=UTC),
    DIGESTS,
)
META = {"place": {"part": "xl/worksheets/sheet1.xml", "header_row": 1, "delimiter": None}, "fields": {"Email": 2}}


def row(number: int, email: str, **more: Any) -> dict[str, Any]:
    return {"row": number, "outcome": "invite", "email": email, "values": {"first_name": f"First{number}"}} | more


def wrong(column: str, value: str | None, **more: Any) -> dict[str, Any]:
    return {
        "code": "region_unknown",
        "column": column,
        "message": f"{value}?",
        "value": value,
        "suggestion": None,
    } | more


def group(value: str, *rows: int) -> dict[str, Any]:
    return wrong("Region", value, rows=list(rows))


def book(*rows: dict[str, Any], groups: Any = (), **meta: Any) -> bytes:
    made, problems = BlockWriter(), BlockWriter()
    for each in rows:
        made.add(orjson.dumps(each), [each["outcome"]])
    for each in groups:
        problems.add(orjson.dumps(each), ())
    return made.finish({**META, **meta}, {"numbers": b"numbers", "problems": problems.finish({"columns": []})})


def rows_of(data: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(each) for each in records_of(data)]


def erased(data: bytes, *numbers: int) -> bytes:
    return erased_rows(data, PERSON, their_rows(data, PERSON).rows | set(numbers))


ADA = row(3, "ada@northwind.example", errors=[wrong("Region", "UK")])
THEIRS = row(
    2,
    f" {QUILLON.upper()}",
    values={"first_name": "Zebedee", "custom_fields": {"Badge": "Q-1"}, "reports_to": "ada@northwind.example"},
    errors=[wrong("Region", "Quillonia")],
    changes=[{"field": "last_name", "from": "Quill", "to": "Quillon"}],
)


def test_their_row_keeps_its_number_and_outcome_and_nothing_that_is_known_of_them() -> None:
    made = erased(book(THEIRS, ADA))
    theirs, ada = rows_of(made)
    assert (theirs["row"], theirs["outcome"], theirs["email"]) == (2, "invite", PERSON.marker)
    assert b"uill" not in orjson.dumps(theirs) and b"Zebedee" not in orjson.dumps(theirs)
    assert b"Q-1" not in orjson.dumps(theirs)
    assert theirs["errors"][0]["code"] == "region_unknown"
    assert ada == ADA


def test_a_row_is_theirs_by_the_user_that_it_is_about() -> None:
    presumes = {"user_id": str(ID), "version": 4, "manager_id": None, "manager_status": None}
    found = their_rows(book(row(7, "former@northwind.example", presumes=presumes), ADA), PERSON)
    assert (found.rows, found.addresses) == ({7}, {"former@northwind.example"})


def test_a_row_that_is_known_to_be_theirs_goes_whoever_it_says_it_is_about() -> None:
    presumes = {"user_id": ANOTHER, "version": 4, "manager_id": None, "manager_status": None}
    (theirs,) = rows_of(erased(book(row(7, "zebedee.quillon@northwind,example", presumes=presumes)), 7))
    assert (theirs["email"], theirs["values"]) == (PERSON.marker, {"first_name": "erased"})


def test_a_review_says_where_its_sheet_stands() -> None:
    found = their_rows(book(THEIRS), PERSON)
    assert found == TheirRows(frozenset({2}), frozenset({QUILLON}), Place("xl/worksheets/sheet1.xml", 1, 2), None)


def test_others_who_report_to_them_lose_that_address_alone() -> None:
    before = row(4, "bo@northwind.example", values={"first_name": "Bo", "reports_to": QUILLON})
    (after,) = rows_of(erased(book(before)))
    assert after == before | {"values": {"first_name": "Bo", "reports_to": PERSON.marker}}


def test_of_the_groups_of_errors_that_goes_which_only_they_have() -> None:
    data = book(THEIRS, ADA, groups=[group("UK", 2, 3), group("Quillonia", 2), wrong("Reports To", QUILLON, rows=[3])])
    uk, theirs, boss = rows_of(section_of(erased(data), "problems") or b"")
    assert uk == group("UK", 2, 3)
    assert (theirs["value"], theirs["message"], theirs["rows"]) == ("erased", "erased", [2])
    assert boss["value"] == PERSON.marker
    assert private_values(data, {2}) == {("Region", "Quillonia")}


def test_of_an_undo_their_row_and_their_name_beside_others_go() -> None:
    by = {"email": QUILLON, "name": "Zebedee Quillon"}
    theirs = row(1, QUILLON, user_id=str(ID), values={"first_name": "Zebedee"})
    after = rows_of(erased(book(theirs, row(2, "ada@northwind.example", user_id=ANOTHER, by=by), kind="undo")))
    assert after[0]["values"] == {"first_name": "erased"}
    assert after[1]["by"] == {"email": PERSON.marker, "name": "erased"}


_NAMES = st.text("abÉ@.\"' ", max_size=6)
_PEOPLE = st.lists(st.tuples(st.booleans(), _NAMES), max_size=3 * BLOCK)


@given(_PEOPLE)
def test_of_any_rows_those_of_others_stay_and_twice_is_once(people: list[tuple[bool, str]]) -> None:
    rows = [
        row(n, QUILLON if theirs else f"u{n}@northwind.example", values={"first_name": name})
        for n, (theirs, name) in enumerate(people, 2)
    ]
    data = book(*rows)
    made = erased(data)
    for before, after, (theirs, name) in zip(rows, rows_of(made), people, strict=True):
        expected = {"email": PERSON.marker, "values": {"first_name": "erased" if name else ""}} if theirs else {}
        assert after == before | expected
    assert erased(made) == made
    assert (made is data) == (not any(theirs for theirs, _ in people))


@given(st.lists(st.binary(min_size=1, max_size=5).map(lambda each: each.replace(b"\n", b" ")), max_size=2 * BLOCK + 1))
def test_blocks_in_which_nothing_changes_stay(records: list[bytes]) -> None:
    writer = BlockWriter()
    for each in records:
        writer.add(each, ["a"])
    data = writer.finish({"of": "all"}, {"more": b"section"})
    assert rewritten(data, lambda each: each) is data
    changed = rewritten(data, lambda each: each + b"!", lambda meta: {**meta, "new": 1}, lambda _, more: more + b"?")
    assert list(records_of(changed)) == [each + b"!" for each in records]
    assert section_of(changed, "more") == b"section?"


def test_columns_have_no_examples_where_rows_of_theirs_were() -> None:
    column = {"header": "Phone", "field": None, "by": None, "guess": None, "examples": ["0199"]}
    data = orjson.dumps({"sheet": "People", "header_row": 1, "columns": [column]})
    assert erased_columns(data, PERSON, theirs=False) is data
    assert orjson.loads(erased_columns(data, PERSON, theirs=True))["columns"] == [column | {"examples": []}]


def test_corrections_say_nothing_of_their_rows() -> None:
    values = [
        {"value": "EMEA", "rows": [[2, 4]]},
        {"value": "Quillon", "rows": [[3, 3]]},
        {"value": QUILLON, "rows": [[5, 5]]},
    ]
    before = {"part": "p", "header_row": 1, "header_column": 2, "columns": [{"index": 0, "values": values}]}
    before |= {"left_out": [], "others": []}
    after = orjson.loads(erased_corrections(orjson.dumps(before), PERSON, {3}))
    assert after["columns"][0]["values"] == [
        {"value": "EMEA", "rows": [[2, 2], [4, 4]]},
        {"value": PERSON.marker, "rows": [[5, 5]]},
    ]
    data = orjson.dumps(before | {"columns": []})
    assert erased_corrections(data, PERSON, {3}) is data


def test_a_header_with_their_address_is_another_header() -> None:
    data = orjson.dumps({"chosen": {f"ask {QUILLON}": None, "Vorname": "First Name"}, "remembered": {}})
    assert orjson.loads(erased_mapping(data, PERSON))["chosen"] == {
        f"ask {PERSON.marker}": None,
        "Vorname": "First Name",
    }


def test_a_draft_takes_back_what_it_corrected_of_theirs() -> None:
    event: dict[str, Any] = {
        "review": 1,
        "by": {"subject": "s", "email": QUILLON, "name": "Zebedee Quillon", "issuer": "i"},
        "cells": [
            {"row": 2, "column": "Last Name", "value": "Quillon"},
            {"row": 3, "column": "Region", "value": "EMEA"},
        ],
        "replacements": [
            {"column": "Region", "old": "Quillonia", "new": "EMEA"},
            {"column": "Region", "old": "UK", "new": "EMEA"},
        ],
    }
    after = erased_draft(event, PERSON, {2}, {("Region", "Quillonia")})
    assert after["cells"] == [{"row": 2, "column": "Last Name", "value": None}, event["cells"][1]]
    assert after["replacements"] == [{"column": "Region", "old": "erased", "new": "erased"}, event["replacements"][1]]
    assert (after["by"]["email"], after["by"]["name"]) == (PERSON.marker, "erased")
