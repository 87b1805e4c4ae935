"""What is asked about webhooks, as it is read."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.notification.api.bodies_webhooks import Since


@pytest.mark.parametrize(
    "since",
    [5, 5.5, True, None, "", "5", "1577836800", "2026-12-01", "2026-12-01T09:00:00", "2026-13-01T00:00:00Z",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", ["2026-12-01T09:00:00Z"]],
    ids=str,
)  # fmt: skip
def test_what_is_no_moment_is_said(since: Any) -> None:
    with pytest.raises(ValidationError):
        Since.model_validate({"since": since})


def test_a_moment_of_any_offset_is_one_in_utc() -> None:
    assert Since.model_validate({"since": "2026-12-01T09:00:00+05:30"}).since.isoformat() == "2026-12-01T03:30:00+00:00"
