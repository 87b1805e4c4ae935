"""The filters of the list of batches, as an address has them."""

from datetime import UTC, datetime

import pytest

from services.upload.api.batch_filters import filters
from shared.http.problems import Problem


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31", "soon"])
def test_a_time_that_there_is_not_is_said(time: str) -> None:
    with pytest.raises(Problem) as refused:
        filters(until=time)
    assert refused.value.status == 422


def test_a_day_is_over_when_it_has_ended_and_a_time_at_once() -> None:
    assert filters(until="2026-11-30").before == datetime(2026, 12, 1, tzinfo=UTC)
    assert filters(until="2026-11-30T12:00:00+02:00").before == datetime(2026, 11, 30, 10, tzinfo=UTC)
