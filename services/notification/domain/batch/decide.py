"""The rules of a batch's end: when it is finished, and which news of it the admin gets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.notification.domain.batch.commands import (
    BatchCommand,
    Complete,
    NoteConfirmation,
    NoteProcessing,
    NoteReturn,
)
from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    BatchEvent,
    ConfirmationSeen,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
)
from services.notification.domain.batch.state import BatchState, Finished, Following, evolve
from shared.eventsourcing.decider import Decider


def decide(command: BatchCommand, state: BatchState) -> Sequence[BatchEvent]:
    """What a command leads to; deciding it again leads to nothing."""
    if isinstance(state, Finished):
        return []
    match command:
        case NoteConfirmation():
            seen = ConfirmationSeen(
                command.admin_email, command.admin_name, command.file_name, command.undo, command.reminders
            )
            told = [ReturnTold(r, seen) for r in state.untold]
            return [seen, *told] if seen != state.confirmed else told
        case NoteReturn():
            return _return(command, state)
        case NoteProcessing():
            seen = ProcessingSeen(command.invited, command.changed, command.cancelled)
            return [seen] if state.processed is None else []
        case Complete():
            return _complete(command, state)
        case _:
            assert_never(command)


def _return(command: NoteReturn, state: Following) -> Sequence[BatchEvent]:
    if command.source in state.told or any(r.source == command.source for r in state.untold):
        return []
    seen = ReturnSeen(command.source, command.reason, command.requested, command.available, command.methodologies)
    # The confirmation comes by another topic: where it is not here yet, the mail waits for it.
    return [seen] if state.confirmed is None else [seen, ReturnTold(seen, state.confirmed)]


def _complete(command: Complete, state: Following) -> Sequence[BatchEvent]:
    if state.processed is None or state.confirmed is None:
        return []
    p = state.processed
    if command.sent + command.failed + command.withdrawn + command.deferred < p.invited:
        return []
    return [
        BatchCompletionDecided(
            p.invited,
            p.changed,
            command.sent,
            command.failed,
            command.withdrawn,
            command.deferred,
            state.confirmed,
            p.cancelled,
        )
    ]


BATCH: Decider[BatchCommand, BatchState, BatchEvent] = Decider(Following(), decide, evolve)
