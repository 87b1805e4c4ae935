"""Hands the admin's own workbook back with its errors marked.

data = await annotate(sandbox, path, reading.place, [Mark(7, 6, "…")])     # raises CannotAnnotate
"""

from services.validation.formats.annotating.annotate import annotate
from services.validation.formats.annotating.model import CannotAnnotate, Mark

__all__ = ["CannotAnnotate", "Mark", "annotate"]
