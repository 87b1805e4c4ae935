"""Stored events as the contracts tell them, and their stored shapes."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import usher_contracts as contracts
from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused, MethodologyShortage
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded
from services.licensing.domain.licenses.company_settings import CustomField, Methodology, Subscription
from services.licensing.domain.licenses.events import CompanyChanged, LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import SeatsConsumed, SeatsReleased, SeatsReserved
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.saved_views.events import BeginningChosen, View, ViewChanged, ViewDeleted, ViewSaved
from services.licensing.domain.seat_request.events import Purchaser, SeatsRequestAnswered, SeatsRequested, WantedSeats
from services.licensing.domain.stored_events import TYPES, Event
from services.licensing.domain.undo.events import RowsRef, UndoCounts, UndoReviewed
from services.licensing.domain.user.events import (
    Change,
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    ManagerLeft,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    TransferPending,
    TransferWithdrawn,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserInvited,
    UserPermissionsChanged,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from services.licensing.domain.user.state import Access, Actor, Manager, Profile
from services.licensing.integration_events import publish
from shared.erasure.events import PersonErased
from shared.erasure.person import marker_of
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.people.profile import DETAIL_KEYS
from tests.spec import replace
from tests.unit.licensing import people as p

BOSS = Manager(UUID(int=9), "boss@acme.example")
FULL = replace(p.PROFILE, title="AE", region="EMEA", reports_to=BOSS, custom_fields={"Level": "IC"})
SETTINGS = replace(p.SETTINGS, sso_domains=("acme.example",), custom_fields=(CustomField("Level", True, ("IC",)),))
SEATED = Access({"command": "reserved"})
CHANGE = Change("reports_to", None, BOSS.email, None, BOSS.user_id)
WANTED = WantedSeats(12, {"command": 5}, {"command": "Command of the Message"})
REQUESTED = SeatsRequested(
    UUID(int=51),
    p.COMPANY,
    p.BY,
    WANTED,
    "For Lyon.",
    p.BATCH,
    (Purchaser("pat@acme.example", "Pat Payer"),),
)
VIEW = View(
    "Waiting in Sales",
    "lee",
    {"status": ("waiting",), "custom.Level": ("IC", "Lead")},
    "-region",
    "region",
    ("title", "custom.Level"),
    shared=True,
)
ERASURE, ERASED_AT = UUID(int=0xE1), datetime(2026, 5, 5, 12, tzinfo=UTC)
MARKER = marker_of(ERASURE)
EXAMPLES: dict[str, tuple[Event, type[contracts.Event] | None]] = {
    "company-changed.v1": (CompanyChanged(p.COMPANY, SETTINGS), contracts.CompanyChanged),
    "licenses-reserved.v1": (LicensesReserved(p.COMPANY, 2, 2, 3, "batch", p.BATCH), contracts.LicensesReserved),
    "licenses-released.v1": (LicensesReleased(p.COMPANY, 2, 0, 3, "deactivated"), contracts.LicensesReleased),
    "methodology-seats-reserved.v1": (
        SeatsReserved(p.COMPANY, "command", 2, 15, 23, "batch", p.BATCH),
        contracts.MethodologySeatsReserved,
    ),
    "methodology-seats-consumed.v1": (SeatsConsumed(p.COMPANY, "command", 2), None),
    "methodology-seats-released.v1": (
        SeatsReleased(p.COMPANY, "command", 1, 14, 23, "withdrawn"),
        contracts.MethodologySeatsReleased,
    ),
    "user-invited.v1": (UserInvited(replace(p.PENDING, profile=FULL), p.BATCH), contracts.UserInvited),
    "user-provisioned.v1": (UserProvisioned(replace(p.ACTIVE, invited_at=None)), contracts.UserActivated),
    "user-changed.v1": (UserChanged(replace(p.WAITING, profile=FULL), (CHANGE,), p.BY, None), contracts.UserChanged),
    "transfer-pending.v1": (TransferPending(p.PENDING), contracts.UserTransferPending),
    "transfer-withdrawn.v1": (TransferWithdrawn(p.WAITING, "pro"), contracts.UserTransferWithdrawn),
    "invitation-resent.v1": (InvitationResent(p.PENDING, p.BY), contracts.InvitationResent),
    "invitation-expired.v1": (InvitationExpired(p.EXPIRED), contracts.InvitationExpired),
    "invitation-cancelled.v1": (InvitationCancelled(p.GONE, p.BY), contracts.InvitationCancelled),
    "user-activated.v1": (p.ACTIVATED, contracts.UserActivated),
    "user-deactivated.v1": (p.DEACTIVATED, contracts.UserDeactivated),
    "user-reactivated.v1": (UserReactivated(p.ACTIVE, p.BY), contracts.UserReactivated),
    "user-permissions-changed.v1": (
        UserPermissionsChanged(
            replace(p.ACTIVE, access=Access(permissions=("manage_users", "manage_reports"))),
            ("manage_assignments",),
            p.BY,
        ),
        contracts.UserPermissionsChanged,
    ),
    "user-erased.v1": (UserErased(replace(p.GONE, email=MARKER), p.BY), contracts.UserErased),
    "erasure-requested.v1": (
        ErasureRequested(
            ERASURE,
            p.COMPANY,
            (p.ANN,),
            ("5d7f0e3c1a9b84f26d03c7e8912ab45f6e7d8c9b0a1f2e3d4c5b6a79880716f5",),
            ERASED_AT,
            "Asked for by mail.",
            p.BY,
        ),
        contracts.ErasureRequested,
    ),
    "person-erased.v1": (PersonErased(ERASURE, p.COMPANY, {"events": 3, "dead_letter": 0, "idempotency": 1}), None),
    "user-restated.v1": (UserRestated(replace(p.WAITING, profile=FULL)), contracts.UserState),
    "methodology-granted.v1": (
        MethodologyGranted(replace(p.WAITING, access=SEATED), "command", p.BY, p.BATCH),
        contracts.MethodologyGranted,
    ),
    "methodology-consumed.v1": (
        MethodologyConsumed(replace(p.ACTIVE, access=Access({"command": "consumed"})), "command"),
        contracts.MethodologyConsumed,
    ),
    "methodology-withdrawn.v1": (MethodologyWithdrawn(p.ACTIVE, "command", p.BY), contracts.MethodologyWithdrawn),
    "individual-plan-begun.v1": (IndividualPlanBegun("pia@acme.example", "pro"), None),
    "individual-plan-ended.v1": (IndividualPlanEnded("pia@acme.example"), None),
    "batch-applied.v1": (BatchApplied(p.BATCH, p.COMPANY, 1, 3, 2, 1), contracts.BatchProcessed),
    "batch-refused.v1": (
        BatchRefused(p.BATCH, p.COMPANY, 1, "stale_review", 3, 2),
        contracts.LicenseReservationRejected,
    ),
    "undo-reviewed.v1": (
        UndoReviewed(p.UNDO, p.COMPANY, p.BATCH, 1, UndoCounts(6, 3, 2, 1), 3, 2, RowsRef("1/rows/aa", "aa")),
        contracts.UndoReviewed,
    ),
    "seats-requested.v1": (REQUESTED, contracts.SeatsRequested),
    "attempt-refused.v1": (AttemptRefused("deactivate", "own_account", p.BY, p.ANN, 1), None),
    "seats-request-answered.v1": (
        SeatsRequestAnswered(REQUESTED.request_id, p.COMPANY, "declined", p.BY, WANTED, "Next year.", p.BATCH),
        contracts.SeatsRequestAnswered,
    ),
    "view-saved.v1": (ViewSaved(p.COMPANY, UUID(int=8), p.BY, VIEW), None),
    "view-changed.v1": (ViewChanged(p.COMPANY, UUID(int=8), p.BY, View("Everybody", shared=True)), None),
    "view-deleted.v1": (ViewDeleted(p.COMPANY, UUID(int=8), p.BY), None),
    "beginning-view-chosen.v1": (BeginningChosen(p.COMPANY, p.BY, UUID(int=8)), None),
}


def recorded(event: Event) -> Recorded[Event]:
    return Recorded(UUID(int=1), "s", 7, event, Context("r", None, "00-0-0-00", str(p.COMPANY), p.NOON), 1)


def test_every_stored_event_has_an_example() -> None:
    assert set(EXAMPLES) == TYPES.names


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_stored_is_read_again(name: str) -> None:
    event, _ = EXAMPLES[name]
    stored, data = TYPES.dump(event)
    assert stored == name and TYPES.load(name, data) == event


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_is_told_as_its_contract(name: str) -> None:
    event, contract = EXAMPLES[name]
    messages = publish(recorded(event))
    if contract is None:
        assert messages == []
        return
    assert messages[0].type == contract.type and messages[0].topic == contract.topic and messages[0].data
    keys: dict[type[contracts.Event], UUID] = {contracts.UserState: p.ANN, contracts.ErasureRequested: ERASURE}
    assert messages[0].key == str(keys.get(contract, p.COMPANY))
    assert len({message.topic for message in messages}) == len(messages)
    held_to_their_models(messages)


def held_to_their_models(messages: Sequence[Outgoing]) -> None:
    """Each says just what its contract's model would say of the same."""
    for message in messages:
        if message.data is not None:
            told = contracts.parse(message.type, message.data)
            assert (message.topic, message.key) == (told.topic, told.key)
            assert json.loads(message.data) == json.loads(told.model_dump_json())


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
PROFILES = st.builds(
    Profile,
    email=TEXTS,
    first_name=TEXTS,
    last_name=TEXTS,
    **dict.fromkeys(DETAIL_KEYS, st.none() | TEXTS),
    reports_to=st.none() | st.builds(Manager, st.uuids(), TEXTS),
    custom_fields=st.dictionaries(TEXTS, TEXTS, max_size=3),
)
TIMES = st.datetimes(timezones=st.just(UTC))


@given(PROFILES, TIMES, st.uuids(), st.lists(st.builds(Change, TEXTS, TEXTS, TEXTS, st.none() | st.uuids())))
def test_whoever_it_is_they_are_told_of_as_the_contract_says(
    profile: Profile, at: datetime, user_id: UUID, changes: list[Change]
) -> None:
    waiting = replace(p.WAITING, user_id=user_id, profile=profile, invited_at=at)
    pending = replace(p.PENDING, user_id=user_id, profile=profile, invited_at=at)
    active = replace(p.ACTIVE, user_id=user_id, profile=profile, invited_at=at, activated_at=at)
    events: tuple[Event, ...] = (
        UserInvited(waiting, None), UserChanged(active, tuple(changes), None, None), InvitationResent(pending, None),
        UserProvisioned(active), UserReactivated(active, p.BY), MethodologyGranted(waiting, "command", p.BY),
        MethodologyConsumed(active, "command"), UserInvited(replace(waiting, access=SEATED), None),
    )  # fmt: skip
    for event in events:
        held_to_their_models(publish(recorded(event)))


def test_an_invitation_says_everything() -> None:
    told, state = (json.loads(m.data or b"") for m in publish(recorded(EXAMPLES["user-invited.v1"][0])))
    assert told == {
        "company_id": str(p.COMPANY), "user_id": str(p.ANN), "email": "ann@acme.example", "version": 7,
        "first_name": "Ann", "last_name": "Lee", **{key: getattr(FULL, key) for key in DETAIL_KEYS},
        "reports_to": BOSS.email, "reports_to_id": str(BOSS.user_id), "custom_fields": {"Level": "IC"},
        "status": "pending_transfer", "previous_plan": "pro", "invitation_id": str(p.LINK),
        "invited_by": {"email": p.BY.email, "name": p.BY.name, "subject": None, "issuer": None},
        "batch_id": str(p.BATCH), "expires_at": "2026-05-18T12:00:00Z", "message": None,
    }  # fmt: skip
    assert state["status"] == "pending_transfer" and state["version"] == 7 and state["invited_at"]


def test_the_directory_is_keyed_by_user_and_forgets_who_is_gone() -> None:
    _, state = publish(recorded(p.INVITED))
    assert (state.topic, state.key, state.type) == ("usher.directory.v1", str(p.ANN), "usher.UserState.v1")
    _, tombstone = publish(recorded(InvitationCancelled(p.GONE, p.BY)))
    assert (tombstone.key, tombstone.data) == (str(p.ANN), None)


def test_a_state_that_is_told_again_is_nothing_that_happened() -> None:
    (state,) = publish(recorded(EXAMPLES["user-restated.v1"][0]))
    assert (state.topic, state.key) == ("usher.directory.v1", str(p.ANN))
    assert json.loads(state.data or b"")["reports_to"] == BOSS.email


@pytest.mark.parametrize("event", [EXAMPLES["user-invited.v1"][0], EXAMPLES["user-restated.v1"][0]])
def test_values_of_fields_that_the_company_has_not_are_told_nobody(event: Event) -> None:
    assert isinstance(event, UserInvited | UserRestated)
    profile = replace(FULL, custom_fields={"Level": "IC", "Gone": "1"}, shelved=("Gone",))
    event = replace(event, after=replace(event.after, profile=profile))
    assert TYPES.load(*TYPES.dump(event)) == event, "and kept"
    for message in publish(recorded(event)):
        assert json.loads(message.data or b"")["custom_fields"] == {"Level": "IC"}


def test_a_change_of_manager_has_their_ids() -> None:
    told = json.loads(publish(recorded(EXAMPLES["user-changed.v1"][0]))[0].data or b"")
    assert told["changes"] == [
        {"field": "reports_to", "from": None, "to": BOSS.email, "from_id": None, "to_id": str(BOSS.user_id)}
    ]
    assert told["changed_by"]["email"] == p.BY.email


GOLDEN = Path(__file__).parent / "golden"
ADA = Actor("ada@acme.example", "Ada Admin", "sub-ada", "https://sign-in.acme.example")


def test_who_did_it_is_known_whatever_their_address_is_later() -> None:
    after = p.INACTIVE
    told = json.loads(publish(recorded(UserDeactivated(after, ADA)))[0].data or b"")
    assert told["by"] == {
        "email": ADA.email,
        "name": ADA.name,
        "subject": "sub-ada",
        "issuer": "https://sign-in.acme.example",
    }
    stored = TYPES.load("user-deactivated.v1", (GOLDEN / "user-deactivated.v1.2.json").read_text())
    assert stored == UserDeactivated(after, ADA)


def test_why_somebody_moved_up_and_who_did_is_stored() -> None:
    moved = TYPES.load("user-changed.v1", (GOLDEN / "user-changed.v1.2.json").read_text())
    because = ManagerLeft(UUID(int=7), "Mia Lee", "deactivated", p.BY)
    assert moved == UserChanged(replace(p.WAITING, profile=FULL), (CHANGE,), None, None, because)
    left = TYPES.load("user-deactivated.v1", (GOLDEN / "user-deactivated.v1.3.json").read_text())
    assert left == UserDeactivated(p.INACTIVE, p.BY, (UUID(int=5),))


def test_that_a_deactivation_was_taken_back_is_stored_and_told() -> None:
    back = UserReactivated(p.ACTIVE, p.BY, undo=True)
    assert TYPES.load("user-reactivated.v1", (GOLDEN / "user-reactivated.v1.2.json").read_text()) == back
    assert json.loads(publish(recorded(back))[0].data or b"")["undo"] is True


def test_what_an_admin_chose_for_invitations_is_stored_and_told() -> None:
    invited = UserInvited(p.WAITING, p.BATCH, "Welcome aboard: we start on Monday.")
    assert TYPES.load("user-invited.v1", (GOLDEN / "user-invited.v1.3.json").read_text()) == invited
    assert json.loads(publish(recorded(invited))[0].data or b"")["message"] == "Welcome aboard: we start on Monday."
    changed = CompanyChanged(p.COMPANY, replace(SETTINGS, reminders=True))
    assert TYPES.load("company-changed.v1", (GOLDEN / "company-changed.v1.2.json").read_text()) == changed
    assert json.loads(publish(recorded(changed))[0].data or b"")["reminders"] is True


def test_for_which_methodologies_a_batch_was_refused_is_stored_and_told() -> None:
    short = MethodologyShortage("command", "Command of the Message", 2, 1)
    refused = BatchRefused(p.BATCH, p.COMPANY, 1, "licenses_exceeded", 3, 9, (short,))
    assert TYPES.load("batch-refused.v1", (GOLDEN / "batch-refused.v1.2.json").read_text()) == refused
    told = json.loads(publish(recorded(refused))[0].data or b"")
    assert (told["reason"], told["methodologies"]) == (
        "licenses_exceeded",
        [{"id": "command", "name": "Command of the Message", "requested": 2, "available": 1}],
    )


def test_seats_that_somebody_has_are_told_with_their_state() -> None:
    granted = EXAMPLES["methodology-granted.v1"][0]
    told, state = (json.loads(message.data or b"") for message in publish(recorded(granted)))
    assert told == {
        "company_id": str(p.COMPANY),
        "user_id": str(p.ANN),
        "email": "ann@acme.example",
        "version": 7,
        "methodology_id": "command",
        "batch_id": str(p.BATCH),
        "by": {"email": p.BY.email, "name": p.BY.name, "subject": None, "issuer": None},
    }
    assert state["methodologies"] == {"command": "reserved"}


def test_what_who_is_gone_had_used_is_stored() -> None:
    gone = InvitationCancelled(replace(p.GONE, consumed=("command",)), p.BY)
    assert TYPES.load("invitation-cancelled.v1", (GOLDEN / "invitation-cancelled.v1.3.json").read_text()) == gone


def test_what_the_company_has_bought_seats_of_is_stored_and_told() -> None:
    settings = replace(SETTINGS, methodologies=(Methodology("command", "Command of the Message", 23),))
    changed = CompanyChanged(p.COMPANY, settings)
    assert TYPES.load("company-changed.v1", (GOLDEN / "company-changed.v1.4.json").read_text()) == changed
    told = json.loads(publish(recorded(changed))[0].data or b"")
    assert told["methodologies"] == [{"id": "command", "name": "Command of the Message", "purchased": 23}]


def test_until_when_a_company_has_bought_usher_is_stored_and_told() -> None:
    bought = Subscription(date(2026, 1, 1), date(2026, 12, 31))
    changed = CompanyChanged(p.COMPANY, replace(SETTINGS, subscription=bought))
    stored = (GOLDEN / "company-changed.v1.3.json").read_text()
    assert TYPES.load("company-changed.v1", stored) == changed
    told = json.loads(publish(recorded(changed))[0].data or b"")
    assert told["subscription"] == {"starts_on": "2026-01-01", "ends_on": "2026-12-31"}


def test_which_undo_did_it_is_stored_and_told() -> None:
    stored = GOLDEN / "invitation-cancelled.v1.2.json", GOLDEN / "batch-applied.v1.2.json"
    cancelled, applied = (TYPES.load(path.name.removesuffix(".2.json"), path.read_text()) for path in stored)
    assert cancelled == InvitationCancelled(p.GONE, p.BY, p.UNDO)
    assert applied == BatchApplied(p.UNDO, p.COMPANY, 1, 0, 2, 1, cancelled=3)
    assert json.loads(publish(recorded(cancelled))[0].data or b"")["batch_id"] == str(p.UNDO)
    assert json.loads(publish(recorded(applied))[0].data or b"")["cancelled"] == 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_stored_shape_is_for_ever(name: str) -> None:
    """Golden files are added, never edited: what was stored in this shape must be read as this event for ever."""
    event, _ = EXAMPLES[name]
    assert TYPES.load(name, (GOLDEN / f"{name}.json").read_text()) == event


def test_what_is_as_it_is_without_it_is_not_stored() -> None:
    """So the defaults of what is stored are for ever, too."""
    profile = Profile(email="ann@acme.example", first_name="Ann", last_name="Lee")
    plain = UserInvited(replace(p.WAITING, profile=profile), None)
    name, data = TYPES.dump(plain)
    written = GOLDEN / "user-invited.v1.2.json"
    assert json.loads(data) == json.loads(written.read_text())
    assert TYPES.load(name, written.read_text()) == plain
