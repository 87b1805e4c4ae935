"""Where the next page of My Team begins: what a cursor keeps of a user is read again as it was."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from services.licensing.read_models.team.sorting import order_of
from shared.http.pagination import encode_cursor
from shared.http.problems import Problem

AT = datetime(2026, 11, 30, 13, 14, 15, 123_456, tzinfo=UTC)
WHO = UUID(int=7)


@pytest.mark.parametrize("at", [AT, datetime.fromtimestamp(0, UTC), datetime(1969, 7, 20, tzinfo=UTC)])
def test_a_time_in_a_cursor_is_exact(at: datetime) -> None:
    order = order_of("-activated_at,email")
    row: Any = {"key_0": at, "key_1": "ada@acme.example", "key_2": WHO}
    assert order.after(order.cursor(row)) == (at, "ada@acme.example", WHO)


@pytest.mark.parametrize("values", [(2**62, str(WHO)), (-(2**62), str(WHO)), (0, "nobody"), ("soon", str(WHO))])
def test_a_cursor_that_no_page_has_answered_is_refused(values: tuple[Any, ...]) -> None:
    order = order_of("invited_at")
    with pytest.raises(Problem) as refused:
        order.after(encode_cursor("invited_at", *values))
    assert refused.value.status == 422
