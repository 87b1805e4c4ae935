"""Who a user reports to when managers leave."""

from uuid import UUID

from services.licensing.domain.user.reporting import above
from services.licensing.domain.user.state import Manager

LOW, MID, TOP = (Manager(UUID(int=n), f"{n}@acme.example") for n in (1, 2, 3))


def test_who_stays_stays_the_manager() -> None:
    assert above(LOW, {MID.user_id: TOP}) == LOW


def test_reports_move_up_past_all_who_leave_together() -> None:
    assert above(LOW, {LOW.user_id: MID, MID.user_id: TOP}) == TOP


def test_at_the_top_there_is_nobody() -> None:
    assert above(LOW, {LOW.user_id: None}) is None
    assert above(None, {LOW.user_id: MID}) is None
