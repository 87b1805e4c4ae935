"""Makes a workbook of a text with values (csv), which is then read, marked and corrected as any other.

made = await workbook_of(sandbox, path, knows)        # Converted, raises CannotConvert
"""

from shared.workbooks.text_tables.convert import CannotConvert, Converted, begins_text, is_text, workbook_of

__all__ = ["CannotConvert", "Converted", "begins_text", "is_text", "workbook_of"]
