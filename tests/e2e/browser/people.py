"""A company for one story: its settings, the people it has, and the workbook that its admin sends."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font, PatternFill

HEADER = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To", "Start Date")
_HEADER_ROW = 3
_PRESENT = """
Henrik Solberg|Chief Executive|People|Nordics|
Priya Raman|Sales Director|Sales|British Isles|Henrik Solberg
Elena Marchetti|Finance Director|Finance|DACH|Henrik Solberg
Amara Okafor|Logistics Director|Logistics|British Isles|Henrik Solberg
Lucía Herrero|Regional Sales Manager|Sales|Iberia|Priya Raman
Callum Reid|Regional Sales Manager|Sales|British Isles|Priya Raman
Kasper Nyholm|Warehouse Manager|Logistics|Nordics|Amara Okafor
Pieter Janssen|Controller|Finance|Benelux|Elena Marchetti
Owen Pritchard|Account Executive|Sales|British Isles|Callum Reid
Mateus Carvalho|Account Executive|Sales|Iberia|Lucía Herrero
Daniel Osei|Payroll Specialist|Finance|British Isles|Elena Marchetti
"""
_PLAIN = str.maketrans("íêöåéü", "ieoaeu")


@dataclass(frozen=True)
class Company:
    """One tenant of its own, so that stories don't meet."""

    id: str
    name: str
    domain: str
    licenses: int = 20

    @classmethod
    def fresh(cls, name: str, domain: str | None = None, licenses: int = 20) -> "Company":
        """A company that nobody has heard of, with a domain of its own: an address belongs to one company."""
        domain = domain or f"{name.split()[0].lower()}-{uuid4().hex[:4]}.example"
        return cls(str(uuid4()), name, domain, licenses)

    @property
    def admin(self) -> str:
        """Its admin's name."""
        return "Marta Lindqvist"

    @property
    def settings(self) -> dict[str, Any]:
        """As the platform provisions it."""
        return {
            "name": self.name,
            "plan": "plus",
            "purchased_licenses": self.licenses,
            "sso_domains": [self.domain],
            "functional_areas": ["Sales", "Logistics", "Finance", "People", "Purchasing"],
            "regions": ["Nordics", "British Isles", "Iberia", "Benelux", "DACH"],
            "custom_fields": [],
            "retention_days": 365,
        }

    def address(self, name: str) -> str:
        """Everybody's e-mail is made of their name."""
        return f"{name.lower().translate(_PLAIN).replace(' ', '.')}@{self.domain}"

    def present(self) -> list[tuple[str, dict[str, Any]]]:
        """The people who are there already: address and profile, managers before their reports."""
        lines = [f"{self.admin}|People Operations Lead|People|Nordics|", *_PRESENT.strip().splitlines()]
        return [self._profile(line) for line in lines]

    def _profile(self, line: str) -> tuple[str, dict[str, Any]]:
        name, title, area, region, boss = line.split("|")
        first, _, last = name.partition(" ")
        profile = {"first_name": first, "last_name": last, "title": title, "functional_area": area, "region": region}
        return self.address(name), {**profile, **({"reports_to": self.address(boss)} if boss else {})}


def workbook(company: Company, folder: Path) -> Path:
    """The admin's workbook: a title above the header, a column of the department's own, eight people, six mistakes."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Team"
    sheet["A1"] = f"{company.name}, autumn changes"
    sheet["A1"].font = Font(bold=True, size=14)
    for column, name in enumerate(HEADER, 1):
        cell = sheet.cell(_HEADER_ROW, column, name)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="2B50A8")
    for row in _rows(company):
        sheet.append(row)
    path = folder / "northwind-autumn-changes.xlsx"
    book.save(path)
    return path


def _rows(company: Company) -> list[list[str | None]]:
    to = company.address
    typo = f"tove.lindahl@{company.domain.replace('.example', '')}.exmple"
    return [
        [typo, "Tove", "Lindahl", "Logistics", "Warehouse Clerk", "Nordics", to("Kasper Nyholm"), "1 Dec"],
        [to("Freya Ashdown"), None, "Ashdown", "Sales", "Account Executive", "British Isles", to("Callum Read"), None],
        [to("Jonas Weidmann"), "Jonas", "Weidmann", "Purchasng", "Buyer", "Scandinavia", to("Henrik Solberg"), None],
        [to("Lars Holm"), "Lars", "Holm", "Logistics", "Transport Planner", "DACH", to("Amara Okafor"), None],
        [to("Daniel Osei"), "Daniel", "Osei", "Finance", "Payroll Lead", None, None, None],
        [to("Owen Pritchard"), None, None, None, "Senior Account Executive", None, None, None],
        [to("Mateus Carvalho"), None, None, None, None, "Benelux", to("Priya Raman"), None],
        [to("Pieter Janssen"), "Pieter", "Janssen", "Finance", "Controller", None, None, None],
    ]


def corrected(annotated: bytes, company: Company, folder: Path) -> Path:
    """The annotated copy as the admin gives it back: what the Errors column named is put right, the column stays."""
    book = load_workbook(BytesIO(annotated))
    sheet = book["Team"]
    right = {
        (4, "Email"): company.address("Tove Lindahl"),
        (5, "First Name"): "Freya",
        (5, "Reports To"): company.address("Callum Reid"),
        (6, "Functional Area"): "Purchasing",
        (6, "Region"): "DACH",
    }
    for (row, column), value in right.items():
        cell = sheet.cell(row, HEADER.index(column) + 1)
        assert isinstance(cell, Cell)
        cell.value = value
    sheet.delete_rows(8)  # Daniel Osei is Inactive: the row is taken out
    path = folder / "northwind-autumn-changes-2.xlsx"
    book.save(path)
    return path


def errors_column(annotated: bytes) -> dict[int, str]:
    """What the annotated copy's Errors column says, by row."""
    sheet = load_workbook(BytesIO(annotated))["Team"]
    names = [str(cell.value) for cell in sheet[_HEADER_ROW]]
    place = names.index("Errors") + 1
    said = {row: sheet.cell(row, place).value for row in range(_HEADER_ROW + 1, sheet.max_row + 1)}
    return {row: str(words) for row, words in said.items() if words}
