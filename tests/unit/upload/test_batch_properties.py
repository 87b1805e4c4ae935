"""Whatever is said to a batch, in whatever order and however often: it stays on its way."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from services.upload import messages
from services.upload.domain.batch.approval import ApprovalTerms, ApprovalThresholds
from services.upload.domain.batch.commands import (
    ApproveBatch,
    CancelBatch,
    Command,
    ConfirmBatch,
    DeclineBatch,
    LapseApproval,
    LapseBatch,
    RecordCompleted,
    RecordProcessed,
    RecordVerdict,
    RevalidateBatch,
    SendBack,
    ShowBatchAgain,
    SupersedeBatch,
    TidyBatchAway,
    UndoBatch,
    UploadBatch,
)
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import (
    BatchApproved,
    BatchConfirmed,
    BatchRejected,
    BatchUndoRequested,
    BatchValidated,
    Counts,
    Event,
    ObjectRef,
    Seats,
)
from services.upload.domain.batch.state import (
    AwaitingApproval,
    Batch,
    Cancelled,
    Completed,
    NeedsCorrection,
    NotUploaded,
    Processing,
    ReadyForReview,
    Superseded,
    Validating,
    evolve,
)
from services.upload.domain.refusals import Refused
from services.upload.domain.stored_events import TYPES
from tests.unit.upload.examples import (
    ADA,
    ASKED_AT,
    BEN,
    COMPLETED,
    DONE,
    ONE_OF_EACH,
    PROCESSED,
    REUPLOAD_ID,
    UNDO_REQUESTED,
    UNDO_REVIEWED,
    UPLOADED,
    WEEK_IS_OVER,
)

# validating → needs_correction or ready_for_review → processing → completed, back to review where
# licensing says so, and out by cancelling or a reupload before the confirmation.
_BEFORE_CONFIRMATION: set[type[Batch]] = {Validating, NeedsCorrection, ReadyForReview}
ALLOWED: dict[type[Batch], set[type[Batch]]] = {
    NotUploaded: {Validating},
    Validating: {*_BEFORE_CONFIRMATION, Cancelled, Superseded},
    NeedsCorrection: {*_BEFORE_CONFIRMATION, Cancelled, Superseded},
    ReadyForReview: {*_BEFORE_CONFIRMATION, AwaitingApproval, Processing, Cancelled, Superseded},
    AwaitingApproval: {AwaitingApproval, ReadyForReview, Processing, Cancelled, Superseded},
    Processing: {Processing, Validating, NeedsCorrection, Completed},
    Completed: {Completed},
    Cancelled: {Cancelled},
    Superseded: {Superseded},
}


SEATS = Seats(9, 0, 9, 1)


def verdict(review: int, good: bool) -> RecordVerdict:
    if good:
        return RecordVerdict(
            BatchValidated(review, Counts(rows=1, invite=1), Seats(9, 0, 9, 1), ObjectRef(f"r{review}", "0"))
        )
    return RecordVerdict(BatchRejected(review, Counts(rows=1, error=1)))


def undo_reviewed(review: int) -> RecordVerdict:
    return RecordVerdict(replace(UNDO_REVIEWED, review=review))


reviews = st.integers(1, 5)
BEGIN = st.sampled_from([UploadBatch(UPLOADED), UndoBatch(UNDO_REQUESTED, BATCH.fold(DONE), undone=False)])
admins = st.sampled_from([ADA, BEN])
terms = st.sampled_from(
    [None, *(ApprovalTerms(ApprovalThresholds(rows), ASKED_AT, WEEK_IS_OVER, (BEN,)) for rows in (0, 1))]
)
moments = st.sampled_from([WEEK_IS_OVER - timedelta(seconds=1), WEEK_IS_OVER])
commands: st.SearchStrategy[Command] = st.one_of(
    st.just(UploadBatch(UPLOADED)),
    st.builds(verdict, reviews, st.booleans()),
    st.builds(undo_reviewed, reviews),
    st.builds(ConfirmBatch, admins, st.none() | reviews, approval=terms),
    st.builds(ApproveBatch, admins, st.none() | reviews),
    st.builds(DeclineBatch, admins, st.none() | st.just("Not yet.")),
    st.builds(LapseApproval, moments),
    st.just(RevalidateBatch(BEN)),
    st.just(CancelBatch(BEN)),
    st.just(LapseBatch(365)),
    st.just(TidyBatchAway(ADA)),
    st.just(ShowBatchAgain(BEN)),
    st.just(SupersedeBatch(REUPLOAD_ID)),
    st.builds(SendBack, st.sampled_from(["licenses_exceeded", "stale_review"]), st.just(3), st.just(1)),
    st.just(RecordProcessed(PROCESSED)),
    st.just(RecordCompleted(COMPLETED)),
)


def decided(command: Command, state: Batch) -> list[Event]:
    try:
        return list(BATCH.decide(command, state))
    except Refused as refused:
        assert messages.refused(refused).detail.endswith(".")
        return []


@settings(max_examples=150)
@given(BEGIN, st.lists(commands, max_size=25))
def test_no_sequence_of_commands_leaves_the_allowed_way(begin: Command, said: list[Command]) -> None:
    state: Batch = NotUploaded()
    reviews_seen = 0
    for command in [begin, *said]:
        for event in decided(command, state):
            after = evolve(state, event)
            assert type(after) in ALLOWED[type(state)], (state, event)
            state = after
        # What an admin has seen never changes its number, and none comes twice.
        assert not isinstance(state, NotUploaded)
        assert state.review >= reviews_seen
        reviews_seen = state.review
        match command, state:
            case RevalidateBatch(), Validating(upload=BatchUndoRequested()):
                pass  # nobody may have looked at it: it can be asked for as often as an admin wants
            case _:
                assert decided(command, state) == [], "deciding the same again gives nothing"


@settings(max_examples=80)
@given(st.lists(commands, max_size=25), st.data())
def test_only_the_present_review_is_ever_confirmed(said: list[Command], data: st.DataObject) -> None:
    state: Batch = NotUploaded()
    for command in [UploadBatch(UPLOADED), *said]:
        state = BATCH.fold(decided(command, state), state)
    seen = data.draw(reviews)
    events = decided(ConfirmBatch(ADA, seen), state)
    assert bool(events) == (isinstance(state, ReadyForReview) and state.review == seen)


@settings(max_examples=150)
@given(st.lists(commands, max_size=25))
def test_what_needs_an_approval_is_confirmed_by_two(said: list[Command]) -> None:
    """Whatever comes between: nothing is confirmed that was asked for but by another admin who approved just that."""
    state: Batch = NotUploaded()
    for command in [UploadBatch(UPLOADED), verdict(1, good=True), *said]:
        events = decided(command, state)
        confirmed = [each for each in events if isinstance(each, BatchConfirmed)]
        match command, confirmed:
            case ConfirmBatch(approval=ApprovalTerms(ApprovalThresholds(rows=0))), _:
                assert not confirmed, "one invitation is more than none"
            case ApproveBatch(), [BatchConfirmed(review, by)]:
                assert isinstance(state, AwaitingApproval)
                assert events[0] == BatchApproved(review, command.approved_by)
                assert (review, by) == (state.review, state.asked.confirmation.confirmed_by)
                assert by != command.approved_by
            case _:
                assert not confirmed or isinstance(command, ConfirmBatch)
        state = BATCH.fold(events, state)


@given(st.integers(0, 2000), st.integers(0, 2000), st.integers(0, 100))
def test_a_share_is_that_of_the_users_to_the_person(rows: int, users: int, hundredths: int) -> None:
    thresholds = ApprovalThresholds(share=hundredths / 100)
    assert thresholds.exceeded_by(rows, users) == (rows * 100 > hundredths * users)


@settings(max_examples=80)
@given(st.lists(st.sampled_from([each for each in ONE_OF_EACH if isinstance(each, get_args(Event))]), max_size=12))
def test_any_history_is_accepted(history: list[Event]) -> None:
    BATCH.fold(history)


@given(st.sampled_from(ONE_OF_EACH))
def test_every_event_survives_being_stored(event: Event) -> None:
    assert TYPES.load(*TYPES.dump(event)) == event


def test_there_is_an_example_of_every_stored_event() -> None:
    assert {TYPES.dump(event)[0] for event in ONE_OF_EACH} == TYPES.names
