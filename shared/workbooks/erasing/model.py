"""What is to be erased from a file, as it travels into the sandbox."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Place:
    """Where a review found its rows: the part of the workbook, the row of its header, and the column of addresses, from
    0."""

    part: str
    header_row: int
    email_column: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose addresses go, by the form in which they are compared, and what stands in their place. `rows` are known to
    be theirs, by number, in the sheet at `place`. Without a place a row is theirs by the column that its header says
    has addresses, and without such a header by the first address in it."""

    keys: frozenset[str]
    marker: str
    place: Place | None = None
    rows: frozenset[int] = frozenset()
    delimiter: str | None = None
    """Of a text with values."""
    columns: dict[str, str | None] = field(default_factory=dict[str, "str | None"])
    """What admins have said of headers."""

    def dumps(self) -> bytes:
        """As it travels."""
        return _ADAPTER.dump_json(self)

    @staticmethod
    def loads(data: bytes) -> "Wanted":
        """What `dumps` made."""
        return _ADAPTER.validate_json(data)


_ADAPTER = TypeAdapter[Any](Wanted)
