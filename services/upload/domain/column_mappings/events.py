"""The events of what a company remembers. They are private to this service, and nobody else is told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.upload.domain.batch.events import Person

Columns: TypeAlias = Mapping[str, str | None]
"""By header: the name of a field, or None for nothing."""


@dataclass(frozen=True, slots=True)
class ColumnsRemembered:
    """An admin chose this of a file's columns, for later files too."""

    by: Person
    columns: Columns


@dataclass(frozen=True, slots=True)
class ColumnMappingsReplaced:
    """An admin said what is remembered from now on."""

    by: Person
    columns: Columns


@dataclass(frozen=True, slots=True)
class ColumnMappingsForgotten:
    """An admin had all of it forgotten."""

    by: Person


ColumnMappingsEvent: TypeAlias = ColumnsRemembered | ColumnMappingsReplaced | ColumnMappingsForgotten
