"""Which batches a person may be in, which of them number their rows alike, and what of them names an object."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.upload.application.erase_person.groups import BatchRefs, by_numbers, from_before
from services.upload.application.erase_person.stored_refs import NewObject, with_new_objects
from services.upload.web.erased_sessions import claims_of

ERASED_AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def batch(n: int, hours: int = -1, status: str = "completed", processed: bool = True, **refs: Any) -> BatchRefs:
    replaces, undoes = refs.pop("replaces", None), refs.pop("undoes", None)
    at = ERASED_AT + timedelta(hours=hours, minutes=n)
    return BatchRefs(UUID(int=n), at, status, processed, replaces, undoes, refs)


def ids(batches: list[BatchRefs]) -> list[int]:
    return [each.id.int for each in batches]


def test_a_batch_is_from_before_by_its_upload() -> None:
    assert ids(from_before([batch(1, -1), batch(2, +1)], ERASED_AT)) == [1]


def test_what_was_made_of_a_batch_from_before_says_what_that_said() -> None:
    batches = [
        batch(1, -1),
        batch(2, +1, replaces=UUID(int=1), corrections_ref="c"),
        batch(3, +2, replaces=UUID(int=2), corrections_ref="d"),
        batch(4, +3, undoes=UUID(int=1)),
        batch(5, +3, replaces=UUID(int=1)),
    ]
    assert ids(from_before(batches, ERASED_AT)) == [1, 2, 3, 4], "another file is what it was uploaded as"


def test_a_row_has_the_same_number_in_the_same_file_and_in_what_was_made_of_it_by_corrections() -> None:
    batches = [
        batch(1, original_ref="a"),
        batch(2, original_ref="b", replaces=UUID(int=1), corrections_ref="c"),
        batch(3, original_ref="x", replaces=UUID(int=1)),
        batch(4, original_ref="b"),
        batch(5),
        batch(6),
    ]
    assert sorted(map(ids, by_numbers(batches))) == [[1, 2, 4], [3], [5], [6]]


def test_two_files_become_one_group_by_what_was_made_of_both() -> None:
    batches = [
        batch(1, original_ref="a"),
        batch(2, original_ref="b"),
        batch(3, original_ref="b", replaces=UUID(int=1), corrections_ref="c"),
        batch(4, original_ref="a"),
    ]
    assert [sorted(ids(group)) for group in by_numbers(batches)] == [[1, 2, 3, 4]]


@pytest.mark.parametrize(
    ("status", "processed", "under_way"),
    [
        ("validating", False, True),
        ("processing", False, True),
        ("processing", True, False),
        ("needs_correction", False, False),
        ("ready_for_review", False, False),
        ("awaiting_approval", False, False),
        ("completed", True, False),
        ("cancelled", False, False),
    ],
)
def test_a_batch_on_which_another_service_works_is_under_way(status: str, processed: bool, under_way: bool) -> None:
    assert batch(1, status=status, processed=processed).under_way == under_way


def test_an_event_names_the_new_object_with_its_hash_and_size_and_says_all_else_as_it_did() -> None:
    file = {"name": "q3.xlsx", "size": 9, "sha256": "old", "ref": "c/original/old"}
    stored = {
        "file": file,
        "rows": {"ref": "c/rows/kept", "sha256": "kept"},
        "annotated": "c/annotated/old",
        "review": 1,
    }
    made = {"c/original/old": NewObject("c/original/new", "new", 8), "c/annotated/old": None}
    assert with_new_objects(stored, made) == stored | {
        "file": {"name": "q3.xlsx", "size": 8, "sha256": "new", "ref": "c/original/new"}
    }
    assert with_new_objects(stored, {}) == stored


@pytest.mark.parametrize("token", ["", "opaque", "a.!.c", "a.e30.c", "a.MQ.c"])
def test_a_token_that_cannot_be_read_says_nothing(token: str) -> None:
    assert claims_of(token) == {}
