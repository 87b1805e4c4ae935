"""Files to upload."""

import io
from uuid import uuid4

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def workbook(*emails: str) -> bytes:
    """A real workbook; without addresses one with a person that is in no other."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(["Email", "First Name", "Last Name"])
    for email in emails or (f"{uuid4().hex}@northwind.example",):
        sheet.append([email, "Ann", "Lee"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
