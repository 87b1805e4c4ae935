"""The rules of what a company remembers: nothing twice, and no more than a company's files can need."""

from services.upload.domain.column_mappings.commands import (
    ColumnMappingsCommand,
    ForgetColumnMappings,
    RememberColumns,
    ReplaceColumnMappings,
)
from services.upload.domain.column_mappings.events import (
    ColumnMappingsEvent,
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    ColumnsRemembered,
)
from services.upload.domain.column_mappings.state import ColumnMappings, evolve
from services.upload.domain.refusals import ColumnsRefused
from shared.eventsourcing.decider import Decider

MAX_COLUMNS = 1_000
"""Headers: as many as a sheet can have."""


def decide(command: ColumnMappingsCommand, state: ColumnMappings) -> list[ColumnMappingsEvent]:
    """What `command` comes to; nothing where it changes nothing. Raises ColumnsRefused."""
    match command:
        case RememberColumns(by, columns):
            new = {header: name for header, name in columns.items() if state.columns.get(header, "") != name}
            return _within([ColumnsRemembered(by, new)], state) if new else []
        case ReplaceColumnMappings(by, columns):
            return _within([ColumnMappingsReplaced(by, columns)], state) if columns != state.columns else []
        case ForgetColumnMappings(by):
            return [ColumnMappingsForgotten(by)] if state.columns else []


def _within(events: list[ColumnMappingsEvent], state: ColumnMappings) -> list[ColumnMappingsEvent]:
    if len(COLUMN_MAPPINGS.fold(events, state).columns) > MAX_COLUMNS:
        raise ColumnsRefused("too_many_columns", most=MAX_COLUMNS)
    return events


COLUMN_MAPPINGS: Decider[ColumnMappingsCommand, ColumnMappings, ColumnMappingsEvent] = Decider(
    ColumnMappings(), decide, evolve
)
