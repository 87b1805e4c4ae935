"""Values that a validation's events are made of. They are stored: fields keep their names, and a new one is optional.

The public events have the same under the same names (usher_contracts); what is stored does not change with them.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
"""A UUID as text."""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded workbook: its name as sent, its size in bytes, its hash and where it lies."""

    name: str
    size: int
    sha256: str
    ref: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Where the judged rows lie in the object store, and what they must hash to."""

    ref: str
    sha256: str


@dataclass(frozen=True, slots=True)
class AnnotatedRef:
    """Where the annotated copy of the workbook lies."""

    ref: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of a file by outcome. `warning` counts rows that carry at least one; they have an outcome as well."""

    rows: int
    invite: int
    change: int
    unchanged: int
    error: int
    warning: int = 0


@dataclass(frozen=True, slots=True)
class MethodologySeats:
    """A methodology's seats as the validation saw them. `required` is what the file needs."""

    id: str
    name: str
    purchased: int
    occupied: int
    available: int
    required: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Licenses as the validation saw them. `required` is what the file's new users need; `methodologies` the same of
    each that the company has."""

    purchased: int
    occupied: int
    available: int
    required: int
    methodologies: tuple[MethodologySeats, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFinding:
    """An error or a warning about the whole file, and what it is about where that applies."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    sheet: str | None = None
    batch_id: Id | None = None
    requested: int | None = None
    available: int | None = None
    methodology: str | None = None
