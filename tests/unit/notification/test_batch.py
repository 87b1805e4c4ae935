"""When a batch is finished, and what the admin who confirmed it is told."""

from __future__ import annotations

from itertools import permutations

import pytest

from services.notification.domain.batch.commands import (
    BatchCommand,
    Complete,
    NoteConfirmation,
    NoteProcessing,
    NoteReturn,
)
from services.notification.domain.batch.decide import BATCH
from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    BatchEvent,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
)
from services.notification.domain.batch.state import BatchState
from tests.spec import Given, given
from tests.unit.notification.examples import CONFIRMED, RETURN, SHORT_OF_SEATS, UNDO_CONFIRMED

CONFIRM = NoteConfirmation(CONFIRMED.admin_email, CONFIRMED.admin_name, CONFIRMED.file_name)
GO_BACK = NoteReturn(RETURN.source, RETURN.reason, RETURN.requested, RETURN.available)
PROCESSED = ProcessingSeen(3, 8)
DONE = BatchCompletionDecided(3, 8, 2, 1, 0, 0, CONFIRMED)


def batch(*history: BatchEvent) -> Given[BatchCommand, BatchState, BatchEvent]:
    return given(BATCH, *history)


def test_it_is_finished_when_each_invitation_has_come_to_an_end() -> None:
    batch(CONFIRMED, PROCESSED).when(Complete(2, 0, 0, 0)).then_nothing()
    batch(CONFIRMED, PROCESSED).when(Complete(2, 1, 0, 0)).then(DONE)
    batch(CONFIRMED, PROCESSED).when(Complete(1, 0, 2, 0)).then(BatchCompletionDecided(3, 8, 1, 0, 2, 0, CONFIRMED))


def test_an_undo_is_finished_at_once_with_what_it_took_back() -> None:
    undo = NoteConfirmation(CONFIRMED.admin_email, CONFIRMED.admin_name, CONFIRMED.file_name, undo=True)
    seen = batch().when(undo).then(UNDO_CONFIRMED).when(NoteProcessing(0, 8, cancelled=3))
    done = seen.then(ProcessingSeen(0, 8, cancelled=3)).when(Complete(0, 0, 0, 0))
    done.then(BatchCompletionDecided(0, 8, 0, 0, 0, 0, UNDO_CONFIRMED, cancelled=3))


def test_what_is_put_off_for_long_is_not_waited_for() -> None:
    batch(CONFIRMED, PROCESSED).when(Complete(1, 0, 0, 2)).then(BatchCompletionDecided(3, 8, 1, 0, 0, 2, CONFIRMED))


def test_a_batch_that_invites_nobody_is_finished_at_once() -> None:
    only_changes = ProcessingSeen(0, 8)
    batch(CONFIRMED, only_changes).when(Complete(0, 0, 0, 0)).then(BatchCompletionDecided(0, 8, 0, 0, 0, 0, CONFIRMED))


def test_it_is_finished_once() -> None:
    batch(CONFIRMED, PROCESSED, DONE).when(Complete(3, 0, 0, 0)).then_nothing()
    batch(CONFIRMED, PROCESSED, DONE).when(GO_BACK).then_nothing()


@pytest.mark.parametrize("order", list(permutations([CONFIRM, NoteProcessing(3, 8)])))
def test_the_topics_have_no_order(order: tuple[BatchCommand, ...]) -> None:
    history: list[BatchEvent] = []
    for command in order:
        assert BATCH.decide(Complete(3, 0, 0, 0), BATCH.fold(history)) == []
        history += BATCH.decide(command, BATCH.fold(history))
    assert len(BATCH.decide(Complete(3, 0, 0, 0), BATCH.fold(history))) == 1


def test_the_admin_who_confirmed_is_told_that_it_went_back() -> None:
    batch(CONFIRMED).when(GO_BACK).then(RETURN, ReturnTold(RETURN, CONFIRMED))
    batch(RETURN).when(CONFIRM).then(CONFIRMED, ReturnTold(RETURN, CONFIRMED))


def test_it_is_told_once() -> None:
    batch(CONFIRMED, RETURN, ReturnTold(RETURN, CONFIRMED)).when(GO_BACK).then_nothing()
    batch(RETURN).when(GO_BACK).then_nothing()
    batch(RETURN, CONFIRMED, ReturnTold(RETURN, CONFIRMED)).when(CONFIRM).then_nothing()


def test_it_can_go_back_again() -> None:
    short = SHORT_OF_SEATS.methodologies
    again = NoteReturn("0190a000-0000-7000-8000-0000000000f2", "licenses_exceeded", 3, 1, short)
    seen = ReturnSeen(again.source, again.reason, 3, 1, short)
    told = ReturnTold(RETURN, CONFIRMED)
    batch(CONFIRMED, RETURN, told).when(again).then(seen, ReturnTold(seen, CONFIRMED))


def test_the_last_admin_who_confirmed_counts() -> None:
    other = NoteConfirmation("ines@northwind.example", "Ines", None)
    after = BATCH.fold([CONFIRMED, *BATCH.decide(other, BATCH.fold([CONFIRMED]))])
    assert [e.admin.admin_name for e in BATCH.decide(GO_BACK, after) if isinstance(e, ReturnTold)] == ["Ines"]
