"""What a user has beside their license stays with them, whatever else happens to them."""

from typing import Any, cast

import pytest
from asyncpg import Record

from services.licensing.domain.user.commands import (
    Accept,
    ChangeProfile,
    Deactivate,
    Expire,
    Provision,
    Reactivate,
    Readdress,
    Resend,
    Restate,
    TellPlan,
    UserCommand,
)
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.invitation_limits import AddressLimit, RecentInvitations
from services.licensing.domain.user.state import NO_ACCESS, Access, Gone, Member, Nobody
from services.licensing.read_models.team.table import COLUMNS, member_of, row_of
from tests.spec import replace
from tests.unit.licensing import people as p

ACCESS = Access({"command": "consumed"}, ("manage_users",))
RECENT = RecentInvitations(AddressLimit(p.FIVE_MINUTES, 5), ())
MOVED = replace(p.PROFILE, email="ann@new.example", title="Director")
COMMANDS: list[tuple[Member, UserCommand]] = [
    (p.WAITING, ChangeProfile(MOVED, p.BY)),
    (p.WAITING, Readdress(MOVED, "pro", p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RECENT)),
    (p.WAITING, Resend(p.NEXT_LINK, p.BY, p.NOON, p.TWO_WEEKS, RECENT)),
    (p.WAITING, Expire(p.NOON + p.TWO_WEEKS)),
    (p.WAITING, TellPlan("pro")),
    (p.WAITING, Accept(p.LINK, None, p.NOON)),
    (p.WAITING, Provision(p.ANN, p.COMPANY, p.PROFILE, p.NOON)),
    (p.PENDING, TellPlan(None)),
    (p.PENDING, TellPlan("connect")),
    (p.PENDING, Accept(p.LINK, "transfer", p.NOON)),
    (p.PENDING, Provision(p.ANN, p.COMPANY, p.PROFILE, p.NOON)),
    (p.ACTIVE, Restate(MOVED)),
    (p.ACTIVE, Deactivate(p.BY, admin_remains=True)),
    (p.INACTIVE, Reactivate(p.BY, p.NOON)),
    (p.INACTIVE, Provision(p.ANN, p.COMPANY, p.PROFILE, p.NOON)),
]


@pytest.mark.parametrize(("user", "command"), COMMANDS, ids=lambda value: type(value).__name__)
def test_it_stays_whatever_happens(user: Member, command: UserCommand) -> None:
    events = USER.decide(command, replace(user, access=ACCESS))
    assert events
    after = events[-1].after
    assert not isinstance(after, Gone)
    assert after.access == ACCESS


@pytest.mark.parametrize("user", [p.WAITING, p.PENDING, p.ACTIVE, p.INACTIVE], ids=lambda user: user.status)
@pytest.mark.parametrize("access", [NO_ACCESS, ACCESS], ids=["nothing", "something"])
def test_a_row_says_it(user: Member, access: Access) -> None:
    user = replace(user, access=access)
    row: dict[str, Any] = dict(zip(COLUMNS, row_of(user, 1, "ann@acme.example"), strict=True))
    said = member_of(cast("Record", {**row, "manager_email": None, "own_fields": []}))
    assert said == user
    assert not isinstance(said, Nobody)
    assert (said.access is NO_ACCESS) == (access is NO_ACCESS)
