"""The rules of a draft: when a batch can be corrected, and what can be."""

from collections.abc import Iterable
from dataclasses import replace

from services.upload.domain.corrections.commands import (
    ApplyCorrections,
    ChangeCorrections,
    CorrectionsCommand,
    ForgetCorrections,
    Subject,
)
from services.upload.domain.corrections.events import (
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsEvent,
    CorrectionsForgotten,
)
from services.upload.domain.corrections.row_set import packed
from services.upload.domain.corrections.state import Draft, evolve
from services.upload.domain.refusals import CORRECTABLE, CorrectionRefused
from shared.eventsourcing.decider import Decider


def decide(command: CorrectionsCommand, state: Draft) -> list[CorrectionsEvent]:
    """What `command` comes to; nothing where it changes nothing. Raises CorrectionRefused."""
    match command:
        case ChangeCorrections():
            return _change(command, state)
        case ForgetCorrections(by, subject):
            _require_correctable(subject, None)
            return [] if state.empty else [CorrectionsForgotten(by)]
        case ApplyCorrections(by, subject, batch_id, seen):
            _require_correctable(subject, seen)
            if state.empty:
                raise CorrectionRefused("nothing_corrected", subject.status)
            return [CorrectionsApplied(by, batch_id)]


def _require_correctable(subject: Subject, seen: int | None) -> None:
    if subject.status not in CORRECTABLE:
        raise CorrectionRefused("not_correctable", subject.status)
    if seen not in (None, subject.review):
        raise CorrectionRefused("review_changed", subject.status)


def require_known(command: ChangeCorrections) -> None:
    """Raises CorrectionRefused where the batch is not corrected now, or has no such row or column, or where that is
    more than one draft may have."""
    _require_correctable(command.subject, command.seen)
    sheet, status = command.sheet, command.subject.status
    for row in (*(cell.row for cell in command.cells), *(command.left_out or ())):
        if row not in sheet.rows:
            raise CorrectionRefused("unknown_row", status, row=row)
    for column in (*(cell.column for cell in command.cells), *(each.column for each in command.replacements)):
        if column not in sheet.columns:
            raise CorrectionRefused("unknown_column", status, column=column)
    if max(len(command.cells), len(command.replacements)) > command.most_cells:
        raise CorrectionRefused("too_many_cells", status, most=command.most_cells)


def _change(command: ChangeCorrections, state: Draft) -> list[CorrectionsEvent]:
    require_known(command)
    sheet, status = command.sheet, command.subject.status
    asked, after = outcome(command, state)
    if max(len(after.cells), len(after.replacements)) > command.most_cells:
        raise CorrectionRefused("too_many_cells", status, most=command.most_cells)
    if _same(state, after):
        return []
    changed = _count(after.corrected(sheet.found, sheet.suggestions).values())
    return [replace(asked, changed_cells=changed, left_out_rows=len(after.left_out))]


def outcome(command: ChangeCorrections, state: Draft) -> tuple[CorrectionsChanged, Draft]:
    """The event of a change of which all is known, nothing counted yet, and the draft after it."""
    left_out = state.left_out if command.left_out is None else command.left_out
    changed = CorrectionsChanged(
        command.subject.review,
        command.by,
        0,
        0,
        command.cells,
        command.replacements,
        leave_out=packed(left_out - state.left_out),
        take_in=packed(state.left_out - left_out),
        accepted=command.accept,
        still_wrong=command.still_wrong,
    )
    return changed, evolve(state, changed)


def _count(columns: Iterable[dict[int, str]]) -> int:
    return sum(len(rows) for rows in columns)


def _same(one: Draft, other: Draft) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in _CORRECTIONS)


_CORRECTIONS = ("cells", "replacements", "left_out", "accepted", "declined")


CORRECTIONS: Decider[CorrectionsCommand, Draft, CorrectionsEvent] = Decider(Draft(), decide, evolve)
