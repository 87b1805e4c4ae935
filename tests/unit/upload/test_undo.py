"""The undo of a batch: what can be undone, and that its undo goes the way of every batch."""

from dataclasses import replace

import pytest

from services.upload.domain.batch.commands import (
    CancelBatch,
    ConfirmBatch,
    RecordVerdict,
    RevalidateBatch,
    SendBack,
    SupersedeBatch,
    UndoBatch,
)
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import BatchConfirmed, Event
from services.upload.domain.refusals import Refused
from services.upload.messages import refused
from tests.spec import Given, given
from tests.unit.upload.examples import (
    ADA,
    BEN,
    CANCELLED,
    DONE,
    LATER_ROWS,
    PROCESSED,
    PROCESSING,
    READY,
    REJECTED_ONCE,
    REUPLOAD_ID,
    STALE,
    SUPERSEDED,
    UNDO_AGAIN,
    UNDO_CONFIRMED,
    UNDO_READY,
    UNDO_REQUESTED,
    UNDO_REVIEWED,
    UNDONE,
    UPLOADED,
    WITHDRAWN,
)

UNDO = UndoBatch(UNDO_REQUESTED, BATCH.fold(DONE), undone=False)


def undo(*history: Event) -> Given[object, object, Event]:
    return given(BATCH, *history)  # pyright: ignore[reportReturnType]


def test_a_completed_batch_is_undone_by_a_batch_of_its_own() -> None:
    undo().when(UNDO).then(UNDO_REQUESTED).when(UNDO).then_nothing()


@pytest.mark.parametrize(
    "history",
    [
        (UPLOADED,), REJECTED_ONCE, READY, PROCESSING, (*PROCESSING, PROCESSED), (*PROCESSING, STALE),
        (*READY, CANCELLED), (*READY, SUPERSEDED), UNDO_READY,
    ],
)  # fmt: skip
def test_what_is_not_completed_cannot_be_undone(history: tuple[Event, ...]) -> None:
    command = replace(UNDO, original=BATCH.fold(history))
    undo().when(command).then_refused(Refused, code="not_undoable", state="not_completed")


def test_an_undo_cannot_be_undone() -> None:
    command = replace(UNDO, original=BATCH.fold(UNDONE))
    undo().when(command).then_refused(Refused, code="not_undoable", state="undo")


def test_what_was_undone_cannot_be_undone_again() -> None:
    undo().when(replace(UNDO, undone=True)).then_refused(Refused, code="not_undoable", state="undone")


def test_each_refusal_says_what_to_do() -> None:
    for state in ("not_completed", "undo", "undone"):
        problem = refused(Refused("not_undoable", "undo", state))
        assert (problem.status, problem.code) == (409, "not_undoable") and problem.detail.endswith(".")


def test_it_is_confirmed_as_every_batch_is() -> None:
    ready = undo(UNDO_REQUESTED).when(RecordVerdict(UNDO_REVIEWED)).then(UNDO_REVIEWED)
    ready.when(ConfirmBatch(ADA, review=2)).then_refused(Refused, code="review_changed")
    ready.when(ConfirmBatch(ADA, review=1)).then(UNDO_CONFIRMED).when(ConfirmBatch(BEN)).then_nothing()
    undo(UNDO_REQUESTED).when(ConfirmBatch(ADA)).then_refused(Refused, code="not_ready")


def test_it_comes_back_as_stale_and_is_reviewed_anew() -> None:
    back = undo(*UNDO_READY, UNDO_CONFIRMED).when(SendBack("stale_review", 0, 20)).then(STALE)
    back.when(RecordVerdict(UNDO_REVIEWED)).then_nothing()
    later = replace(UNDO_REVIEWED, review=2, rows=LATER_ROWS)
    again = back.when(RecordVerdict(later)).then(later)
    again.when(ConfirmBatch(ADA, 2)).then(BatchConfirmed(2, ADA, LATER_ROWS, "q3.xlsx", undoes=UNDO_CONFIRMED.undoes))


def test_a_check_that_brings_nothing_new_withdraws_the_notice() -> None:
    later = replace(UNDO_REVIEWED, review=2)
    history = (*UNDO_READY, UNDO_CONFIRMED, STALE, later)
    latest = replace(later, review=3)
    undo(*history, replace(UNDO_AGAIN, run=3)).when(RecordVerdict(latest)).then(latest, WITHDRAWN)


def test_it_can_be_looked_at_again_and_be_cancelled() -> None:
    undo(*UNDO_READY).when(RevalidateBatch(BEN)).then(UNDO_AGAIN)


def test_an_undo_that_nobody_looked_at_is_asked_for_again() -> None:
    """While services are replaced, one that does not know of undos yet may have let the request pass."""
    undo(UNDO_REQUESTED).when(RevalidateBatch(BEN)).then(UNDO_AGAIN).when(RevalidateBatch(BEN)).then(
        replace(UNDO_AGAIN, run=3)
    )
    undo(*UNDO_READY).when(CancelBatch(BEN)).then(CANCELLED)


@pytest.mark.parametrize("history", [(UNDO_REQUESTED,), UNDO_READY])
def test_no_file_takes_its_place(history: tuple[Event, ...]) -> None:
    undo(*history).when(SupersedeBatch(REUPLOAD_ID)).then_refused(Refused, state="undo")
