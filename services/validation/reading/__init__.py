"""Reads a workbook in the sandbox: which sheet counts, and the text in its cells as the admin sees it.

outcome = await read(sandbox, path, headers)        # shared.people.columns.Headers of the company
match outcome:
    case Unreadable(code, reason): ...              # corrupt, empty, too_many_rows, email_column_missing
    case Reading(): ...
"""

from services.validation.reading.model import (
    Cases,
    Column,
    OtherSheet,
    Place,
    Reading,
    ReadingLimits,
    SheetRow,
    Unreadable,
    letter,
)
from services.validation.reading.read import PRELOAD, read

__all__ = [
    "PRELOAD",
    "Cases",
    "Column",
    "OtherSheet",
    "Place",
    "Reading",
    "ReadingLimits",
    "SheetRow",
    "Unreadable",
    "letter",
    "read",
]
