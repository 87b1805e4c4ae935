"""Filters of SCIM, as they are read."""

import pytest

from services.licensing.read_models.scim_users.filter import FilterWrong, condition


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z"])
def test_a_time_that_there_is_not_is_said(moment: str) -> None:
    with pytest.raises(FilterWrong):
        condition(f'meta.lastModified gt "{moment}"', {})
