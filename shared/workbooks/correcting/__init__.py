"""Writes the admin's corrections into their own workbook.

written = await correct(sandbox, path, corrections)        # raises CannotPatch, BadCorrections
"""

from shared.workbooks.correcting.correct import correct, left_out
from shared.workbooks.correcting.model import BadCorrections, Corrections

__all__ = ["BadCorrections", "Corrections", "correct", "left_out"]
