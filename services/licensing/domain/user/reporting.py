"""Rules of the reporting graph: who a user reports to when managers leave."""

from collections.abc import Mapping
from uuid import UUID

from services.licensing.domain.user.state import Manager


def above(manager: Manager | None, leaving: Mapping[UUID, Manager | None]) -> Manager | None:
    """The nearest manager up the line who stays. ``leaving`` maps who leaves to their own manager; there are no
    circles in it, so this ends."""
    while manager is not None and manager.user_id in leaving:
        manager = leaving[manager.user_id]
    return manager
