"""Why a command is not carried out: stable codes, raised by deciders and by what gathers facts for them."""

from collections.abc import Mapping
from typing import Any, Literal

Code = Literal[
    "licenses_exceeded", "user_exists", "email_in_other_company", "user_inactive", "not_active", "not_inactive",
    "not_invited", "too_soon", "not_found", "records_required", "email_fixed", "used", "superseded",
    "cancelled", "expired", "plan_required", "deactivated", "own_account", "last_admin", "platform_grants", "forbidden",
    "too_many_for_today",
    "methodology_in_use", "methodology_seats_exceeded", "methodology_consumed",
    "not_sso_domain", "changed_since", "nothing_to_undo", "undo_over", "nothing_requested",
    "methodology_unknown", "too_many_requests", "batch_unknown", "request_unknown", "answered_otherwise",
    "view_not_found", "view_name_taken", "too_many_views", "too_many_shared_views", "not_your_view",
    "too_many_tokens", "still_member", "erasure_unknown", "nobody_to_erase", "precondition_failed", "not_on_the_list",
]  # fmt: skip


class Refused(Exception):
    """A command that is answered with ``code`` and leaves no trace: logs don't grow by refusals. ``facts`` are plain
    values, which the answer says beside the code."""

    def __init__(self, code: Code, **facts: Any) -> None:
        super().__init__(code)
        self.code: Code = code
        self.facts: Mapping[str, Any] = facts
