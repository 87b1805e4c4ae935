"""The commands to what a company remembers of columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from services.upload.domain.batch.events import Person
from services.upload.domain.column_mappings.events import Columns

Asked: TypeAlias = Mapping[str, str | None]
"""By header, in any spelling: a field, or None for nothing."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What an admin says: of which columns, of which review (None: the present one), and whether for later files."""

    columns: Asked
    review: int | None = None
    remember: bool = True


@dataclass(frozen=True, slots=True)
class RememberColumns:
    """Remember what was chosen of a file's columns."""

    by: Person
    columns: Columns


@dataclass(frozen=True, slots=True)
class ReplaceColumnMappings:
    """Remember this and nothing else."""

    by: Person
    columns: Columns


@dataclass(frozen=True, slots=True)
class ForgetColumnMappings:
    """Remember nothing."""

    by: Person


ColumnMappingsCommand: TypeAlias = RememberColumns | ReplaceColumnMappings | ForgetColumnMappings
