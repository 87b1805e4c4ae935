"""What a company remembers of columns by now."""

from dataclasses import dataclass, field

from services.upload.domain.column_mappings.events import (
    ColumnMappingsEvent,
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    Columns,
    ColumnsRemembered,
)


@dataclass(frozen=True, slots=True)
class ColumnMappings:
    """By header; what was chosen last stands last."""

    columns: Columns = field(default_factory=dict[str, str | None])


def evolve(state: ColumnMappings, event: ColumnMappingsEvent) -> ColumnMappings:
    """What is remembered after `event`."""
    match event:
        case ColumnsRemembered():
            older = {header: name for header, name in state.columns.items() if header not in event.columns}
            return ColumnMappings({**older, **event.columns})
        case ColumnMappingsReplaced():
            return ColumnMappings(dict(event.columns))
        case ColumnMappingsForgotten():
            return ColumnMappings()
