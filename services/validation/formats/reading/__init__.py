"""Reads a workbook in the sandbox: which sheet counts, and the text in its cells as the admin sees it.

outcome = await read(sandbox, path, headers)        # shared.people.columns.Headers of the company
match outcome:
    case Unreadable(code, reason): ...              # corrupt, empty, too_many_rows, email_column_missing
    case Reading(): ...
"""

from services.validation.formats.reading.read import PRELOAD, read

__all__ = ["PRELOAD", "read"]
