"""A second pair of eyes: which batches wait for another admin, and what becomes of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from services.upload.api.bodies import Decline
from services.upload.domain.batch.approval import ApprovalTerms, ApprovalThresholds, same_person
from services.upload.domain.batch.commands import (
    ApproveBatch,
    CancelBatch,
    ConfirmBatch,
    DeclineBatch,
    LapseApproval,
    LapseBatch,
    RecordVerdict,
    RevalidateBatch,
    SupersedeBatch,
)
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import Event, Person
from services.upload.domain.refusals import Refused
from services.upload.messages import refused
from tests.spec import Given, given
from tests.unit.upload.examples import (
    ADA,
    AGAIN,
    APPROVAL_LAPSED,
    APPROVED,
    ASKED,
    ASKED_AT,
    AWAITING,
    BEN,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    DECLINED,
    LAPSED,
    LATER_ROWS,
    PROCESSED,
    READY,
    REJECTED_ONCE,
    REUPLOAD_ID,
    STALE,
    SUPERSEDED,
    UNDO_CONFIRMED,
    UNDO_READY,
    UPLOADED,
    VALIDATED,
    WEEK_IS_OVER,
)

# The example invites 100 and changes 12, in a company of 380.
NOW_CONFIRMED = (*AWAITING, APPROVED, CONFIRMED)
LATER = replace(VALIDATED, review=2, rows=LATER_ROWS)
UNASKED = [(UPLOADED,), REJECTED_ONCE, READY, (*AWAITING, DECLINED), (*AWAITING, APPROVAL_LAPSED), (*READY, AGAIN)]
GIVEN_UP = [(), (*AWAITING, CANCELLED), (*AWAITING, SUPERSEDED)]


def batch(*history: Event) -> Given[object, object, Event]:
    return given(BATCH, *history)  # pyright: ignore[reportReturnType]


def terms(rows: int | None = None, share: float | None = None) -> ApprovalTerms:
    return ApprovalTerms(ApprovalThresholds(rows, share), ASKED_AT, WEEK_IS_OVER, (BEN,))


@pytest.mark.parametrize("asks", [terms(111), terms(0), terms(None, 0.29), terms(500, 0.25), terms(111, 1.0)])
def test_more_than_the_company_wants_confirmed_by_one_waits_for_another(asks: ApprovalTerms) -> None:
    batch(*READY).when(ConfirmBatch(ADA, 1, approval=asks)).then(ASKED)


@pytest.mark.parametrize("asks", [None, terms(), terms(112), terms(500, 0.3), terms(None, 1.0)])
def test_no_more_than_that_is_confirmed_at_once(asks: ApprovalTerms | None) -> None:
    batch(*READY).when(ConfirmBatch(ADA, 1, approval=asks)).then(CONFIRMED)


def test_what_an_undo_takes_back_counts_as_changes() -> None:
    asked = replace(ASKED, confirmation=UNDO_CONFIRMED, invite=0, change=110)
    batch(*UNDO_READY).when(ConfirmBatch(ADA, 1, approval=terms(109))).then(asked)
    batch(*UNDO_READY).when(ConfirmBatch(ADA, 1, approval=terms(110))).then(UNDO_CONFIRMED)


def test_as_much_as_the_share_is_no_more_than_it() -> None:
    assert not ApprovalThresholds(share=0.29).exceeded_by(29, 100), "0.29 * 100 is less than 29 in binary"
    assert ApprovalThresholds(share=0.29).exceeded_by(30, 100)
    assert ApprovalThresholds(share=0.5).exceeded_by(1, 0), "the first file of a company is large"


def test_another_review_than_the_present_one_is_not_asked_for() -> None:
    batch(*READY).when(ConfirmBatch(ADA, 2, approval=terms(0))).then_refused(Refused, code="review_changed")


@pytest.mark.parametrize("who", [ADA, BEN])
@pytest.mark.parametrize("asks", [None, terms(0), terms(10_000)])
def test_confirming_what_waits_is_the_same_as_once(who: Person, asks: ApprovalTerms | None) -> None:
    """A request stands as it was asked, whatever the company wants since."""
    batch(*AWAITING).when(ConfirmBatch(who, 1, approval=asks)).then_nothing()


@pytest.mark.parametrize("seen", [None, 1])
def test_another_admin_approves_and_it_is_confirmed_by_who_asked(seen: int | None) -> None:
    done = batch(*AWAITING).when(ApproveBatch(BEN, seen)).then(APPROVED, CONFIRMED)
    done.when(ApproveBatch(BEN, seen)).then_nothing()


@pytest.mark.parametrize(
    "own",
    [
        ADA,
        replace(ADA, email="ada.new@northwind.example"),
        replace(ADA, subject="another", email="ADA@northwind.example"),
    ],
)
def test_who_asked_approves_nothing(own: Person) -> None:
    batch(*AWAITING).when(ApproveBatch(own, 1)).then_refused(Refused, code="own_batch", action="approve")


def test_it_is_refused_as_forbidden_not_as_a_conflict() -> None:
    assert refused(Refused("own_batch", "approve", "awaiting_approval")).status == 403


def test_who_is_called_the_same_by_another_issuer_is_somebody_else() -> None:
    other = replace(BEN, subject=ADA.subject, issuer="https://elsewhere.example")
    assert not same_person(ADA, other)
    batch(*AWAITING).when(ApproveBatch(other)).then(replace(APPROVED, approved_by=other), CONFIRMED)


@pytest.mark.parametrize("seen", [0, 2])
def test_only_the_review_that_was_asked_for_is_approved(seen: int) -> None:
    batch(*AWAITING).when(ApproveBatch(BEN, seen)).then_refused(Refused, code="review_changed")


@pytest.mark.parametrize("decides", [ApproveBatch, DeclineBatch])
def test_only_the_request_that_was_seen_is_decided(decides: type[ApproveBatch | DeclineBatch]) -> None:
    """The same review, asked for again: what was seen of the first request may be otherwise in the second."""
    later = replace(ASKED, asked_at=ASKED_AT + timedelta(minutes=5), confirmation=replace(CONFIRMED, message="Hello."))
    again = (*AWAITING, replace(DECLINED, declined_by=ADA, comment=None), later)
    batch(*again).when(decides(BEN, asked_at=ASKED_AT)).then_refused(Refused, code="review_changed")
    assert batch(*again).when(decides(BEN, asked_at=later.asked_at)).events


def test_who_was_deactivated_since_they_asked_confirms_nothing() -> None:
    """It would come back as stale: licensing does nothing for them. Somebody else confirms it, in their own name."""
    back = replace(APPROVAL_LAPSED, reason="asker_deactivated")
    batch(*AWAITING).when(ApproveBatch(BEN, deactivated="ADA@northwind.example")).then(back)
    batch(*AWAITING).when(ApproveBatch(BEN, deactivated="cleo@northwind.example")).then(APPROVED, CONFIRMED)
    batch(*AWAITING).when(ApproveBatch(BEN, 7, deactivated=ADA.email)).then_refused(Refused, code="review_changed")


@pytest.mark.parametrize("decides", [ApproveBatch, DeclineBatch])
def test_of_a_request_of_before_it_is_known_when_it_was_asked(decides: type[ApproveBatch | DeclineBatch]) -> None:
    old = batch(*READY, replace(ASKED, asked_at=None))
    assert old.when(decides(BEN, asked_at=ASKED_AT)).events
    old.when(decides(BEN, asked_at=WEEK_IS_OVER)).then_refused(Refused, code="review_changed")


@pytest.mark.parametrize("history", [NOW_CONFIRMED, (*NOW_CONFIRMED, PROCESSED, COMPLETED), (*READY, CONFIRMED)])
@pytest.mark.parametrize("who", [ADA, BEN])
def test_approving_what_is_confirmed_is_nothing_more(history: tuple[Event, ...], who: Person) -> None:
    batch(*history).when(ApproveBatch(who)).then_nothing()


@pytest.mark.parametrize("history", [*UNASKED, *GIVEN_UP])
@pytest.mark.parametrize("command", [ApproveBatch(BEN), DeclineBatch(BEN)])
def test_what_does_not_wait_is_neither_approved_nor_declined(history: tuple[Event, ...], command: object) -> None:
    batch(*history).when(command).then_refused(Refused, code="not_ready")


def test_another_admin_declines_and_says_why() -> None:
    back = batch(*AWAITING).when(DeclineBatch(BEN, "Lyon joins in January.")).then(DECLINED)
    back.when(ConfirmBatch(ADA, 1, approval=terms(0))).then(ASKED).when(ApproveBatch(BEN)).then(APPROVED, CONFIRMED)


def test_who_asked_takes_it_back() -> None:
    taken_back = replace(DECLINED, declined_by=ADA, comment=None)
    batch(*AWAITING).when(DeclineBatch(ADA)).then(taken_back).when(ConfirmBatch(ADA)).then(CONFIRMED)


def test_what_is_confirmed_cannot_be_declined() -> None:
    batch(*NOW_CONFIRMED).when(DeclineBatch(BEN)).then_refused(Refused, code="already_confirmed")


def test_what_nobody_approves_in_time_goes_back_once() -> None:
    early, late = LapseApproval(WEEK_IS_OVER - timedelta(seconds=1)), LapseApproval(WEEK_IS_OVER)
    batch(*AWAITING).when(early).then_nothing()
    back = batch(*AWAITING).when(late).then(APPROVAL_LAPSED)
    back.when(late).then_nothing()
    back.when(ApproveBatch(BEN)).then_refused(Refused, code="not_ready")


@pytest.mark.parametrize("history", [*UNASKED, *GIVEN_UP, NOW_CONFIRMED])
def test_time_does_nothing_to_what_does_not_wait(history: tuple[Event, ...]) -> None:
    batch(*history).when(LapseApproval(WEEK_IS_OVER)).then_nothing()


def test_what_waits_can_be_cancelled_and_replaced_but_not_checked_again() -> None:
    batch(*AWAITING).when(CancelBatch(BEN)).then(CANCELLED)
    batch(*AWAITING).when(SupersedeBatch(REUPLOAD_ID)).then(SUPERSEDED)
    # Who asked is told, as of any request that nobody decided.
    batch(*AWAITING).when(LapseBatch(365)).then(APPROVAL_LAPSED, LAPSED)
    batch(*AWAITING).when(RevalidateBatch(BEN)).then_refused(Refused, code="awaiting_approval")


def test_another_review_ends_the_request() -> None:
    batch(*AWAITING).when(RecordVerdict(VALIDATED)).then_nothing()
    changed = replace(APPROVAL_LAPSED, reason="review_changed")
    batch(*AWAITING).when(RecordVerdict(LATER)).then(changed, LATER).when(ApproveBatch(BEN)).then_refused(
        Refused, code="not_ready"
    )


def test_an_approved_batch_goes_back_to_review_as_ever() -> None:
    history = (*NOW_CONFIRMED, STALE, LATER)
    batch(*history).when(ApproveBatch(BEN)).then_refused(Refused, code="not_ready")
    again = replace(ASKED, confirmation=replace(CONFIRMED, review=2, rows=LATER_ROWS))
    batch(*history).when(ConfirmBatch(ADA, 2, approval=terms(0))).then(again)


def test_a_comment_of_half_a_character_is_refused_and_what_nobody_sees_is_dropped() -> None:
    assert Decline.model_validate({"comment": "\x00Lyon \u202ejoins."}).comment == "Lyon joins."
    with pytest.raises(ValidationError, match="comment"):
        Decline.model_validate({"comment": "Lyon \ud800."})
