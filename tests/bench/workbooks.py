"""Workbooks for measuring: as many people as wanted, every column filled, managers among them."""

import io

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To", "Cost Centre")


def people(domain: str, rows: int, errors: float = 0.0) -> bytes:
    """An xlsx of ``rows`` new users; a share ``errors`` of them has an unknown region. Every hundredth is the manager
    of the ninety-nine that follow."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append([WriteOnlyCell(sheet, name) for name in HEAD])
    every = round(1 / errors) if errors else 0
    for n in range(rows):
        region = "Atlantis" if every and n % every == 0 else "EMEA"
        boss = None if n % 100 == 0 else f"person.{n - n % 100}@{domain}"
        name = (f"person.{n}@{domain}", f"First{n}", f"Last{n}")
        sheet.append([*name, "Sales", f"Title {n % 40}", region, boss, f"{n:05}"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
