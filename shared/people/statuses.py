"""The statuses of a user, declared once (docs/admins.md says what each means)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Status = Literal["waiting", "pending_transfer", "active", "inactive"]
STATUSES: tuple[Status, ...] = get_args(Status)
INVITED: tuple[Status, ...] = ("waiting", "pending_transfer")
"""Those of whom an invitation is open."""
WORDS: Mapping[Status, str] = {
    "waiting": "Waiting",
    "pending_transfer": "Pending Transfer",
    "active": "Active",
    "inactive": "Inactive",
}
"""How each is called before people."""
