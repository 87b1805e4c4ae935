"""What an event makes of a person in the directory: the contracts' examples in their order."""

from typing import Any

import pytest

from services.validation.read_models.directory.folding import UnknownPerson, fold
from shared.people.model import Person
from tests.spec import replace
from usher_contracts import (
    InvitationCancelled,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    UserActivated,
    UserChanged,
    UserErased,
    UserEvent,
    UserFieldChange,
    UserInvited,
    users,
)
from usher_contracts.example_values import COMPANY, EMAIL, MANAGER, USER

INVITED, CHANGED, PENDING, WITHDRAWN, RESENT, CANCELLED, EXPIRED, ACTIVATED, DEACTIVATED, REACTIVATED, *_ = (
    users.EXAMPLES
)
YUSUF = Person(
    user_id=USER,
    email=EMAIL,
    status="pending_transfer",
    first_name="Yusuf",
    last_name="Demir",
    functional_area="Sales",
    title="AE",
    region="EMEA",
    reports_to_id=MANAGER,
    custom_fields={"Cost Center": "0042"},
    version=1,
)


def test_who_was_erased_is_nobody_whatever_was_said_of_them_before() -> None:
    """So a rebuild from a topic that still says it forgets them again."""
    erased = UserErased(company_id=COMPANY, user_id=USER)
    assert fold(YUSUF, erased) is None
    assert fold(None, erased) is None


def after(*events: object) -> Person | None:
    person: Person | None = None
    for event in events:
        assert isinstance(event, UserEvent)
        person = fold(person, event)
    return person


def test_an_invitation_introduces_somebody() -> None:
    assert after(INVITED) == YUSUF


def test_a_change_carries_the_new_values_and_version() -> None:
    assert after(INVITED, CHANGED) == replace(YUSUF, title="Senior AE", reports_to_id=MANAGER, version=2)


@pytest.mark.parametrize(
    ("events", "status", "version"),
    [
        ((PENDING,), "pending_transfer", 3),
        ((PENDING, WITHDRAWN), "waiting", 4),
        ((RESENT,), "pending_transfer", 5),
        ((EXPIRED,), "pending_transfer", 6),
        ((ACTIVATED,), "active", 6),
        ((ACTIVATED, DEACTIVATED), "inactive", 7),
        ((ACTIVATED, DEACTIVATED, REACTIVATED), "active", 8),
    ],
)
def test_statuses(events: tuple[UserEvent, ...], status: str, version: int) -> None:
    person = after(INVITED, *events)
    assert person and (person.status, person.version) == (status, version)
    assert replace(person, status=YUSUF.status, version=1) == YUSUF


def test_who_is_cancelled_is_no_longer_on_the_list() -> None:
    assert after(INVITED, CANCELLED) is None


def test_an_existing_user_is_introduced_by_being_active() -> None:
    provisioned = UserActivated(
        company_id=COMPANY, user_id=USER, email=EMAIL, version=1, first_name="Yusuf", last_name=""
    )
    assert after(provisioned) == Person(
        user_id=USER, email=EMAIL, status="active", first_name="Yusuf", last_name="", version=1
    )


def test_addresses_and_custom_fields_change_and_go() -> None:
    changes = (
        UserFieldChange(field="email", from_=EMAIL, to="y@x.example"),
        UserFieldChange(field="Cost Center", from_="0042", to=None),
        UserFieldChange(field="Site", from_=None, to="Oslo"),
        UserFieldChange(field="region", from_="EMEA", to=None),
        UserFieldChange(field="reports_to", from_="m@x.example", to=None, from_id=MANAGER, to_id=None),
    )
    changed = UserChanged(company_id=COMPANY, user_id=USER, email="y@x.example", version=2, changes=changes)
    wanted = replace(
        YUSUF, email="y@x.example", custom_fields={"Site": "Oslo"}, region=None, reports_to_id=None, version=2
    )
    assert after(INVITED, changed) == wanted


def test_nobody_is_changed_who_was_never_introduced() -> None:
    with pytest.raises(UnknownPerson):
        after(CHANGED)
    assert isinstance(CANCELLED, InvitationCancelled) and after(CANCELLED) is None
    assert isinstance(INVITED, UserInvited)


def test_seats_of_methodologies_come_are_used_and_go() -> None:
    about: dict[str, Any] = {"company_id": COMPANY, "user_id": USER, "email": EMAIL}
    granted = [MethodologyGranted(**about, methodology_id=key) for key in ("command", "value")]
    used = MethodologyConsumed(**about, methodology_id="command")
    gone = MethodologyWithdrawn(**about, methodology_id="value", version=9)
    assert (person := after(INVITED, *granted)) and person.methodologies == {"command": "reserved", "value": "reserved"}
    assert (person := after(INVITED, *granted, used, gone)) and person.methodologies == {"command": "consumed"}
    assert person.version == 9
    deactivated = after(INVITED, *granted, used, gone, DEACTIVATED, REACTIVATED)
    assert deactivated and deactivated.methodologies == {"command": "consumed"}
