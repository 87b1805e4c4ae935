"""Hands the admin's own workbook back with its errors marked.

data = await annotate(sandbox, path, reading.target, [Annotation(7, 6, "…")])     # raises CannotPatch
"""

from services.validation.formats.annotating.annotate import annotate
from services.validation.formats.annotating.model import Annotation

__all__ = ["Annotation", "annotate"]
