"""What a confirmed row makes of a user: what its review showed, and nothing else."""

from typing import Any

import pytest

from services.licensing.application.confirm_batch.rows import made_changes, profile_of, shown_changes
from services.licensing.domain.user.profile import changes_between
from services.licensing.domain.user.state import Profile

CARL = Profile(
    email="carl@acme.example",
    first_name="Carl",
    last_name="Cox\u2011Lee",
    title="Account\u00a0Executive",
    custom_fields={"Cost center": "A\u20101"},
)


def row(changes: list[dict[str, Any]] | None = None, **values: Any) -> dict[str, Any]:
    """As validation writes it."""
    return {"outcome": "change" if changes else "unchanged", "values": values, "changes": changes or []}


@pytest.mark.parametrize(
    "unchanged",
    [
        row(last_name="Cox-Lee"),
        row(title="Account Executive"),
        row(custom_fields={"Cost center": "A-1"}),
        row(custom_fields={"COST Center": "A\u20101"}),
        row(first_name="", title=None, custom_fields={"Cost center": None, "Level": ""}),
    ],
    ids=["hyphen", "space", "own field", "own field spelled anew", "blank"],
)
def test_what_was_reviewed_as_no_change_is_none(unchanged: dict[str, Any]) -> None:
    assert profile_of(CARL, unchanged, None) == CARL


def test_what_was_reviewed_as_a_change_is_made_alone() -> None:
    changes = [
        {"field": "title", "from": CARL.title, "to": "CEO"},
        {"field": "Cost center", "from": "A\u20101", "to": "B"},
    ]
    reviewed = row(changes, last_name="Cox-Lee", title="CEO", custom_fields={"Cost center": "B"})
    made = changes_between(CARL, profile_of(CARL, reviewed, None))
    assert made_changes(made) == shown_changes(reviewed)


def test_a_new_user_is_as_the_row_says() -> None:
    new = row(first_name="Ann", last_name="Lee\u2011Roy", custom_fields={"Cost center": "A-1", "Level": None})
    made = profile_of(Profile(email="ann@acme.example"), new, None)
    assert made == Profile(
        email="ann@acme.example", first_name="Ann", last_name="Lee\u2011Roy", custom_fields={"Cost center": "A-1"}
    )
