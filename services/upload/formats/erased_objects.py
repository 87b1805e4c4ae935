"""The objects of a batch without a person: the rows of its review, what its columns are, corrections, and what admins
have said of columns. Pure: the same object and person give the same, and one without them stays to the byte.

A row is theirs by the user that it is about or by its address; `rows` are numbers of those that are known to be.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.upload.domain.corrections.state import ranges_of
from shared.erasure.documents import erase_in
from shared.erasure.person import Person
from shared.object_store.rewritten_blocks import meta_of, records_of, rewritten, section_of
from shared.people.columns import STANDARD
from shared.people.mentions import mentions
from shared.people.profile import EMAIL
from shared.workbooks.erasing import Place

Value = tuple[str, str]
"""A column's name, and a text in it."""
_PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class TheirRows:
    """Which rows of a review are a person's, by number; `addresses` are those that stand in them. `place`: where the
    review's sheet stands in the workbook, or in a text with that `delimiter`."""

    rows: frozenset[int] = frozenset()
    addresses: frozenset[str] = frozenset()
    place: Place | None = None
    delimiter: str | None = None


def their_rows(data: bytes, person: Person) -> TheirRows:
    """What a rows object says of it."""
    numbers, addresses = set[int](), set[str]()
    for raw in records_of(data):
        row = orjson.loads(raw)
        keys = [each.key for each in mentions(row["email"])]
        if _has_id(row, person) or any(map(person.has_address, keys)):
            numbers.add(row["row"])
            addresses.update(keys[:1])
    meta = meta_of(data)
    place, email = meta.get("place"), meta.get("fields", {}).get(STANDARD[EMAIL])
    found = Place(place["part"], place["header_row"], email) if place and email is not None else None
    return TheirRows(frozenset(numbers), frozenset(addresses), found, place.get("delimiter") if place else None)


def _has_id(row: Mapping[str, Any], person: Person) -> bool:
    presumes: Mapping[str, Any] = row.get("presumes") or {}
    return person.has_id(row.get("user_id")) or person.has_id(presumes.get("user_id"))


def erased_rows(data: bytes, person: Person, rows: Collection[int]) -> bytes:
    """The rows, with their outcomes and numbers as they were; of a group of errors what only such rows have goes."""

    def row(raw: bytes) -> bytes:
        before = orjson.loads(raw)
        if before["row"] in rows:
            # Whoever else the address in it may belong to: the row is theirs.
            before = {**before, "email": person.marker}
        return _dumped(erase_in(before, person), raw)

    def group(raw: bytes) -> bytes:
        before = orjson.loads(raw)
        return _dumped(erase_in(before, person, theirs=set(before["rows"]) <= set(rows)), raw)

    def section(name: str, content: bytes) -> bytes:
        return rewritten(content, group) if name == _PROBLEMS else content

    return rewritten(data, row, lambda meta: erase_in(meta, person), section)


def private_values(data: bytes, rows: Collection[int]) -> frozenset[Value]:
    """The wrong values that only these rows have, with their columns."""
    problems = section_of(data, _PROBLEMS)
    groups = map(orjson.loads, records_of(problems)) if problems else ()
    return frozenset(
        (each["column"], each["value"])
        for each in groups
        if each["column"] and each["value"] and set(each["rows"]) <= set(rows)
    )


def erased_columns(data: bytes, person: Person, theirs: bool) -> bytes:
    """What the sheet's columns are. Where the sheet has rows of theirs (`theirs`), no examples: they may be theirs."""
    before = orjson.loads(data)
    after = erase_in(before, person)
    if theirs:
        after = {**after, "columns": [{**each, "examples": []} for each in after["columns"]]}
    return _dumped(after, data)


def erased_mapping(data: bytes, person: Person) -> bytes:
    """What admins have said of headers."""
    before = orjson.loads(data)
    after = {said: erased_headers(columns, person) for said, columns in before.items()}
    return _dumped(after, data)


def erased_headers(columns: Mapping[str, str | None], person: Person) -> dict[str, str | None]:
    """The same of one such saying."""
    return {person.without_address(header): field for header, field in columns.items()}


def erased_corrections(data: bytes, person: Person, rows: Collection[int]) -> bytes:
    """Corrections as they are written into a workbook: none in their rows, which are blank."""
    before = orjson.loads(data)
    after = {**before, "columns": [_column(each, person, rows) for each in before["columns"]]}
    return _dumped(after, data)


def _column(column: Mapping[str, Any], person: Person, rows: Collection[int]) -> dict[str, Any]:
    values = list[dict[str, Any]]()
    for each in column["values"]:
        ranges: Sequence[Sequence[int]] = each["rows"]
        if any(first <= row <= last for row in rows for first, last in ranges):
            ranges = ranges_of(row for row in _numbers(ranges) if row not in rows)
        if ranges:
            values.append({**each, "rows": ranges, "value": person.without_address(each["value"])})
    return {**column, "values": values}


def _numbers(ranges: Sequence[Sequence[int]]) -> Iterator[int]:
    return (row for first, last in ranges for row in range(first, last + 1))


def erased_draft(event: Mapping[str, Any], person: Person, rows: Collection[int], private: Collection[Value]) -> Any:
    """A stored event of a draft: a correction in their rows is taken back, and a replacement of what only they had says
    neither what it was nor what it became."""
    made = dict(event)
    if cells := event.get("cells"):
        made["cells"] = [{**each, "value": None} if each["row"] in rows else each for each in cells]
    if replacements := event.get("replacements"):
        made["replacements"] = [
            {**each, "old": _ERASED, "new": None if each["new"] is None else _ERASED}
            if (each["column"], each["old"]) in private
            else each
            for each in replacements
        ]
    return erase_in(made, person)


_ERASED = "erased"


def _dumped(after: Any, before: bytes) -> bytes:
    return before if orjson.loads(before) == orjson.loads(made := orjson.dumps(after)) else made
