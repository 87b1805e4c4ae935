"""Paging: a cursor is opaque, and one that nobody gave is a refusal, never an error."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.pagination import decode_cursor, encode_cursor, page_of
from shared.http.problems import Problem


@given(st.text(), st.integers(-(2**63), 2**63 - 1), st.none() | st.text())
def test_a_cursor_is_read_back(text: str, number: int, anything: str | None) -> None:
    assert decode_cursor(encode_cursor(text, number, anything), str, int, object) == (text, number, anything)


@pytest.mark.parametrize("none", [None, ""])
def test_the_first_page_has_none(none: str | None) -> None:
    assert decode_cursor(none, str) is None


WRONG = {
    "not base64": "%%%",
    "not JSON": base64.urlsafe_b64encode(b"\xff").decode(),
    "not a list": base64.urlsafe_b64encode(b'{"a": 1}').decode(),
    "too few": encode_cursor("a"),
    "too many": encode_cursor("a", 1, 2),
    "another kind": encode_cursor(1, "a"),
    "a bool for a number": encode_cursor("a", True),
    "beyond what the database counts": base64.urlsafe_b64encode(b'["a", 9223372036854775808]').decode(),
}


@pytest.mark.parametrize("cursor", WRONG.values(), ids=WRONG.keys())
def test_what_no_page_answered_is_refused(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, str, int)
    assert refused.value.status == 422


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(cursor: str) -> None:
    try:
        found = decode_cursor(cursor, str, int)
    except Problem as refused:
        assert refused.status == 422
    else:
        assert found is None or len(found) == 2


@given(st.integers(0, 40), st.integers(1, 10))
def test_pages_together_are_the_list(total: int, limit: int) -> None:
    seen: list[int] = []
    cursor: str | None = None
    while True:
        start = decode_cursor(cursor, int)
        after = start[0] if start else -1
        items, cursor = page_of([n for n in range(total) if n > after][: limit + 1], limit, lambda n: (n,))
        assert len(items) <= limit
        seen += items
        if cursor is None:
            break
    assert seen == list(range(total))
