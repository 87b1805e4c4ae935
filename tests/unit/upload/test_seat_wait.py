"""A batch that waits for licenses that were asked for: when it is checked again by itself, and what ends the wait."""

from dataclasses import replace

from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.upload.domain.seat_wait.commands import (
    AwaitSeats,
    DeclineSeats,
    JudgedBatch,
    LookAtBatch,
    SeatsFree,
    SeatsNeeded,
    SeatWaitCommand,
)
from services.upload.domain.seat_wait.decide import MAX_RECHECKS, SEAT_WAIT
from services.upload.domain.seat_wait.events import SeatsWaitEnded, SeatWaitEvent, WaitingBatchJudged
from tests.spec import given
from tests.unit.upload.examples import ADA, AWAITED, BATCH_ID, JUDGED_AGAIN, RECHECKED, REQUEST_ID, REUPLOAD_ID

SHORT = JudgedBatch(
    BATCH_ID, "needs_correction", 1, True, SeatsNeeded(100, {"command": 2}), 100, 12, 0, "q3.xlsx", (ADA,)
)
CHECKING = replace(SHORT, status="validating", short=False)
READY = replace(SHORT, status="ready_for_review", review=2, short=False)
WRONG = replace(READY, status="needs_correction", error=3)
ENOUGH = SeatsFree(7, 100, {"command": 2})
TOO_FEW = SeatsFree(6, 99, {"command": 2})
GONE_ON = SeatsWaitEnded("batch_went_on")


def look(batch: JudgedBatch, free: SeatsFree = ENOUGH) -> LookAtBatch:
    return LookAtBatch(batch, free)


def test_a_batch_waits_from_the_request_on() -> None:
    given(SEAT_WAIT).when(AwaitSeats(AWAITED)).then(AWAITED).when(AwaitSeats(AWAITED)).then_nothing()


def test_it_is_checked_again_once_there_is_room_and_its_admins_are_told_of_the_end() -> None:
    waiting = given(SEAT_WAIT, AWAITED)
    waiting.when(look(SHORT, TOO_FEW)).then_nothing()
    checking = waiting.when(look(SHORT)).then(RECHECKED)
    checking.when(look(CHECKING)).then_nothing()
    over = checking.when(look(READY)).then(JUDGED_AGAIN)
    for command in (look(SHORT), look(READY), DeclineSeats(), AwaitSeats(AWAITED)):
        over.when(command).then_nothing()


def test_room_is_for_all_that_it_needs_pools_too() -> None:
    waiting = given(SEAT_WAIT, AWAITED)
    for free in (SeatsFree(7, 100, {"command": 1}), SeatsFree(7, 100), SeatsFree(7, 99, {"command": 9})):
        waiting.when(look(SHORT, free)).then_nothing()


def test_what_is_wrong_beside_is_told_too() -> None:
    judged = replace(JUDGED_AGAIN, status="needs_correction", error=3)
    given(SEAT_WAIT, AWAITED, RECHECKED).when(look(WRONG)).then(judged)


def test_where_others_were_quicker_it_waits_on_and_is_checked_when_there_is_room_again() -> None:
    again = replace(SHORT, review=2)
    taken = given(SEAT_WAIT, AWAITED, RECHECKED)
    taken.when(look(again, SeatsFree(8, 3, {"command": 2}))).then_nothing()
    taken.when(look(again, SeatsFree(9, 100, {"command": 2}))).then(replace(RECHECKED, review=2, sequence=9))


def test_by_the_same_counts_it_is_not_checked_for_ever() -> None:
    history: list[SeatWaitEvent] = [AWAITED]
    for review in range(1, MAX_RECHECKS + 5):
        history += given(SEAT_WAIT, *history).when(look(replace(SHORT, review=review))).events
    assert len(history) == 1 + MAX_RECHECKS
    later = look(replace(SHORT, review=20), replace(ENOUGH, sequence=8))
    given(SEAT_WAIT, *history).when(later).then(replace(RECHECKED, review=20, sequence=8))


def test_who_goes_on_without_it_is_told_nothing() -> None:
    for status in ("ready_for_review", "awaiting_approval", "processing", "completed", "cancelled", "superseded"):
        given(SEAT_WAIT, AWAITED).when(look(replace(READY, status=status))).then(GONE_ON)
    for status in ("processing", "cancelled"):
        given(SEAT_WAIT, AWAITED, RECHECKED).when(look(replace(READY, status=status))).then(GONE_ON)


def test_the_file_that_replaces_it_waits_in_its_place() -> None:
    reupload = replace(SHORT, batch_id=REUPLOAD_ID, needed=SeatsNeeded(50))
    again = replace(RECHECKED, batch_id=REUPLOAD_ID)
    given(SEAT_WAIT, AWAITED).when(look(reupload, TOO_FEW)).then(again_at := replace(again, sequence=6))
    given(SEAT_WAIT, AWAITED, again_at).when(look(replace(READY, batch_id=REUPLOAD_ID))).then(
        replace(JUDGED_AGAIN, batch_id=REUPLOAD_ID)
    )
    # A check of the earlier file says nothing of the one that has replaced it meanwhile.
    given(SEAT_WAIT, AWAITED, RECHECKED).when(look(replace(READY, batch_id=REUPLOAD_ID))).then(GONE_ON)


def test_a_declined_request_is_waited_for_no_longer() -> None:
    declined = given(SEAT_WAIT, AWAITED).when(DeclineSeats()).then(SeatsWaitEnded("declined"))
    declined.when(look(SHORT)).then_nothing()


def test_a_request_for_no_batch_is_waited_for_by_none() -> None:
    given(SEAT_WAIT).when(DeclineSeats()).then_nothing()
    given(SEAT_WAIT).when(look(SHORT)).then_nothing()


def _batch(batch_id: str, status: str, review: int, short: bool) -> JudgedBatch:
    return replace(SHORT, batch_id=batch_id, status=status, review=review, short=short)


LOOKS = st.builds(
    LookAtBatch,
    st.builds(
        _batch,
        st.sampled_from([BATCH_ID, REUPLOAD_ID]),
        st.sampled_from(["validating", "needs_correction", "ready_for_review", "processing", "cancelled"]),
        st.integers(0, 4),
        st.booleans(),
    ),
    st.builds(SeatsFree, st.integers(0, 4), st.integers(99, 101), st.just({"command": 2})),
)
COMMANDS: st.SearchStrategy[SeatWaitCommand] = st.one_of(st.just(AwaitSeats(AWAITED)), st.just(DeclineSeats()), LOOKS)


@for_any(st.lists(COMMANDS, max_size=12))
@settings(max_examples=100, deadline=None)
def test_whatever_is_heard_and_however_often_admins_are_told_at_most_once(heard: list[SeatWaitCommand]) -> None:
    history: list[SeatWaitEvent] = []
    for command in heard:
        history += given(SEAT_WAIT, *history).when(command).events
        if not isinstance(command, LookAtBatch) or command.batch.status != "needs_correction":
            given(SEAT_WAIT, *history).when(command).then_nothing()
    told = [event for event in history if isinstance(event, WaitingBatchJudged)]
    assert len(told) <= 1 and (not told or history[-1] == told[0])
    assert all(event.request_id == REQUEST_ID for event in told)
