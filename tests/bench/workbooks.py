"""Workbooks for measuring: as many people as wanted, every column filled, managers among them."""

import base64
import io
import random

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To", "Cost Centre")
AREAS = ("Engineering", "Finance", "Sales", "Support")
REGIONS = ("AMER", "APAC", "EMEA")


def people(domain: str, rows: int, errors: float = 0.0, padding: int = 0) -> bytes:
    """An xlsx of ``rows`` new users; a share ``errors`` of them has an unknown region. Every hundredth is the manager
    of the ninety-nine that follow. ``padding``: a further column of so many random characters a row, which hardly pack
    and which nobody reads."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append([WriteOnlyCell(sheet, name) for name in (*HEAD, *(("Notes",) if padding else ()))])
    every = round(1 / errors) if errors else 0
    chance = random.Random(rows)
    for n in range(rows):
        region = "Atlantis" if every and n % every == 0 else REGIONS[n % 3]
        boss = None if n % 100 == 0 else f"person.{n - n % 100}@{domain}"
        name = (f"person.{n}@{domain}", f"First{n}", f"Last{n}")
        notes = [base64.b64encode(chance.randbytes(padding * 3 // 4)).decode()] if padding else []
        sheet.append([*name, AREAS[n % 4], f"Title {n % 40}", region, boss, f"{n:05}", *notes])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
