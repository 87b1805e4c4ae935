"""What can be done for many users at once, declared once (docs/admins.md says what each does)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from shared.people.statuses import Status

Action = Literal["resend", "cancel_invitation", "assign_manager", "update_fields", "deactivate", "reactivate"]
ACTIONS: tuple[Action, ...] = get_args(Action)
"""In the order in which My Team offers them."""
MOVES_OTHERS: frozenset[Action] = frozenset({"deactivate", "cancel_invitation", "reactivate"})
"""Those that can move who reports to the users."""
OFFERED: Mapping[Status, Sequence[Action]] = {
    "waiting": ("resend", "cancel_invitation"),
    "pending_transfer": ("resend", "cancel_invitation"),
    "active": ("deactivate",),
    "inactive": ("reactivate",),
}
"""What a user's own page offers beside the form, by their status."""
