"""The statuses of a user, declared once with what each means (docs/admins.md says it to admins)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal["waiting", "pending_transfer", "active", "inactive"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """What is so of each user who has the status."""

    word: str
    """What it is called before people."""
    invited: bool
    """An invitation is open: they have not joined yet."""
    has_access: bool
    """They may act in their company with a good token."""
    occupies_license: bool
    is_live: bool
    """They hold their address, and others can report to them."""
    can_be_changed: bool
    """A row, a form or an edit can change their profile."""
    icon: str
    """In the frontend's sprite."""
    look: str
    """The class of its badge; empty for a plain one."""
    bar: str = ""
    """The class of its part of the bar of licenses, and its name in the sentence beside; empty without a license."""


FACTS: Mapping[Status, StatusFacts] = {
    "waiting": StatusFacts(
        word="Waiting",
        invited=True,
        has_access=True,
        occupies_license=True,
        is_live=True,
        can_be_changed=True,
        icon="clock",
        look="wait",
        bar="waiting",
    ),
    "pending_transfer": StatusFacts(
        word="Pending Transfer",
        invited=True,
        has_access=True,
        occupies_license=True,
        is_live=True,
        can_be_changed=True,
        icon="swap",
        look="move",
        bar="pending",
    ),
    "active": StatusFacts(
        word="Active",
        invited=False,
        has_access=True,
        occupies_license=True,
        is_live=True,
        can_be_changed=True,
        icon="check",
        look="ok",
        bar="active",
    ),
    "inactive": StatusFacts(
        word="Inactive",
        invited=False,
        has_access=False,
        occupies_license=False,
        is_live=False,
        can_be_changed=False,
        icon="off",
        look="",
    ),
}

INVITED: tuple[Status, ...] = tuple(status for status in STATUSES if FACTS[status].invited)
LIVE: tuple[Status, ...] = tuple(status for status in STATUSES if FACTS[status].is_live)
WITHOUT_ACCESS: tuple[Status, ...] = tuple(status for status in STATUSES if not FACTS[status].has_access)
WITH_LICENSE: tuple[Status, ...] = tuple(status for status in STATUSES if FACTS[status].occupies_license)
WITHOUT_LICENSE: tuple[Status, ...] = tuple(status for status in STATUSES if not FACTS[status].occupies_license)

# In SQL each is compared by itself: so an index with such a condition is used.
IS_LIVE = " AND ".join(f"status <> '{status}'" for status in STATUSES if status not in LIVE)
"""The condition that a row's user is live."""
HAS_NO_ACCESS = f"status IN ({', '.join(repr(status) for status in WITHOUT_ACCESS)})"
"""The condition that a row's user may not act in their company."""
IS_INVITED = f"status IN ({', '.join(repr(status) for status in INVITED)})"
"""The condition that a row's user has not answered their invitation."""
CAN_BE_CHANGED = " AND ".join(f"status <> '{status}'" for status in STATUSES if not FACTS[status].can_be_changed)
"""The condition that a row's user can be changed."""
