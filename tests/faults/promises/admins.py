"""Admins: that there always is one."""

from collections import defaultdict
from collections.abc import Iterator

from services.licensing.domain.user.permissions import is_admin
from tests.faults.evidence import Evidence


def an_active_admin_remains(seen: Evidence) -> Iterator[str]:
    """Once a company has somebody Active who was granted manage_users, it has at every later prefix of licensing's
    log."""
    admins: dict[str, set[str]] = defaultdict(set)
    for recorded in seen.logs["licensing"]:
        if not recorded.stream.startswith("user-"):
            continue
        company = str(recorded.context.company_id)
        had = bool(admins[company])
        (admins[company].add if is_admin(recorded.event.after) else admins[company].discard)(recorded.stream)
        if had and not admins[company]:
            yield f"{company}: nobody is left at position {recorded.position}"
