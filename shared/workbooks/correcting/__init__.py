"""Writes the admin's corrections into their own workbook.

written = await correct(sandbox, path, corrections)        # raises CannotAnnotate, BadCorrections
"""

from services.validation.formats.correcting.correct import correct
from services.validation.formats.correcting.model import BadCorrections, Corrections

__all__ = ["BadCorrections", "Corrections", "correct"]
