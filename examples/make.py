"""Makes the example workbooks anew: `python -m examples.make [--libreoffice]`. The same bytes every time.

The one that LibreOffice saves is made only with --libreoffice and a `soffice` on the path: its bytes differ each time.
"""

import csv
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from shared.hostile_files.zip_writer import ArchiveWriter

FOLDER = Path(__file__).parent
DOMAIN = "northwind.example"
HEADER_ROW = 4
HEADERS = (
    *("Employee No.", "Email Address", "First Name", "Surname", "Department", "Job Title", "Region", "Manager"),
    *("Cost Centre", "Contract", "Start date", "Laptop"),
)
WIDTHS = (14, 34, 14, 16, 15, 22, 15, 34, 13, 13, 13, 9)
_MADE_AT = datetime(2026, 11, 23, 9, 0)

Person = Mapping[str, str]
Cell = str | int | date | None

MISTAKES: Mapping[str, Mapping[str, str]] = {
    "owen.pritchard": {"email": "owen.pritchard@northwind"},  # email_invalid
    "freya.ashdown": {"email": "freya.ashdown@gmail.com"},  # email_not_sso_domain
    "ines.duarte": {"last": ""},  # last_name_required
    "sunniva.haugen": {"area": "Logistcs"},  # functional_area_unknown, Logistics is near
    "amara.okafor": {"region": "UK"},  # region_unknown
    "katie.macrae": {"manager": "daniel.ossei@northwind.example"},  # reports_to_unknown
    "moritz.gruber": {"contract": "Freelance"},  # custom_field_unknown_value
    "nils.aaltonen": {"title": "#N/A"},  # cell_error: a lookup that found nothing
    "clara.montero": {"email": "priya.raman"},  # email_duplicate, on both rows
}
"""What is wrong in team.xlsx and right in team-corrected.xlsx, by person and field."""

SECOND_WAVE = """
email,first,last,area,title,region,manager,cost_centre,contract
aino.virtanen,Aino,Virtanen,Logistics,Fleet Planner,Nordics,lars.holm,210,Employee
gareth.bevan,Gareth,Bevan,Sales,Account Executive,British Isles,callum.reid,111,Employee
nuria.ferrer,Núria,Ferrer,Purchasing,Buyer,Iberia,ruben.salas,512,Contractor
wout.maes,Wout,Maes,Finance,Accountant,Benelux,priya.raman,314,Employee
kasper.nyholm,,,,Senior Account Executive,,,,
daniel.osei,,,,Warehouse Manager,,lars.holm,,
sophie.turnbull,,,,,,,,Employee
"""
"""For after team-corrected.xlsx: four more people, three changes."""


def people() -> list[dict[str, str]]:
    with (FOLDER / "people.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells(person: Person) -> list[Cell]:
    """A person as one row of the department's own list."""
    return [
        int(person["number"]) if person.get("number") else None,
        _address(person.get("email")),
        *(person.get(field) or None for field in ("first", "last", "area", "title", "region")),
        _address(person.get("manager")),
        int(person["cost_centre"]) if person.get("cost_centre") else None,
        person.get("contract") or None,
        date.fromisoformat(person["start"]) if person.get("start") else None,
        person.get("laptop") or None,
    ]


def workbook(title: str, rows: Sequence[Sequence[Cell]]) -> Workbook:
    """Formatted as such lists are: a title over it, bands, a frozen header, a filter, drop-downs, a sheet beside it."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Team"
    _head(sheet, title)
    for number, row in enumerate(rows, HEADER_ROW + 1):
        _fill_row(sheet, number, row)
    last = HEADER_ROW + len(rows)
    sheet.freeze_panes = f"C{HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:L{last}"
    contracts = DataValidation(type="list", formula1='"Employee,Contractor,Seasonal,Freelance"', allow_blank=True)
    contracts.add(f"J{HEADER_ROW + 1}:J{last + 20}")  # pyright: ignore[reportUnknownMemberType]  # its stub leaves types out
    sheet.add_data_validation(contracts)
    italic = DifferentialStyle(font=Font(italic=True, color="FF7A4B00"))
    seasonal = Rule(type="expression", dxf=italic, formula=[f'$J{HEADER_ROW + 1}="Seasonal"'])
    sheet.conditional_formatting.add(f"J{HEADER_ROW + 1}:J{last}", seasonal)  # pyright: ignore[reportUnknownMemberType]
    _side_sheet(book, last)
    return book


def save(book: Workbook) -> bytes:
    """The workbook's bytes, without the time of day in them."""
    raw = io.BytesIO()
    book.properties.creator, book.properties.created = "Aoife Brennan", _MADE_AT
    book.save(raw)
    writer = ArchiveWriter(level=9)
    with zipfile.ZipFile(raw) as parts:
        for name in parts.namelist():
            data = parts.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-11-23T09:00:00Z", data)
            writer.add(name, [data])
    return writer.finish()


def team(mistakes: bool) -> bytes:
    listed = people()
    if mistakes:
        listed = [{**person, **MISTAKES.get(person["email"], {})} for person in listed]
    return save(
        workbook("Northwind Trading: people who need an account, spring intake", [cells(each) for each in listed])
    )


def second_wave() -> bytes:
    rows = [cells(each) for each in csv.DictReader(SECOND_WAVE.strip().splitlines())]
    return save(workbook("Northwind Trading: second wave and changes", rows))


def by_libreoffice(data: bytes) -> bytes:
    """The workbook as LibreOffice saves it."""
    program = shutil.which("soffice")
    if program is None:
        raise SystemExit("LibreOffice is not here: install it, or leave --libreoffice out.")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in", "book.xlsx")
        source.parent.mkdir()
        source.write_bytes(data)
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"]
        subprocess.run(
            [*command, "xlsx:Calc MS Excel 2007 XML", "--outdir", folder, str(source)], check=True, capture_output=True
        )
        return Path(folder, "book.xlsx").read_bytes()


def _address(local: str | None) -> str | None:
    return f"{local}@{DOMAIN}" if local and "@" not in local else local


def _head(sheet: Worksheet, title: str) -> None:
    sheet["A1"] = title
    sheet["A1"].font = Font(name="Georgia", bold=True, size=16, color="FF1F3A5F")
    sheet.merge_cells("A1:L1")
    sheet.row_dimensions[1].height = 28
    sheet["A2"] = "Kept by People. One line a person; ask Aoife before adding columns."
    sheet["A2"].font = Font(italic=True, color="FF666666")
    for column, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True), 1):
        cell = sheet.cell(HEADER_ROW, column, header)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", start_color="FF1F3A5F")
        cell.alignment = Alignment(horizontal="center", vertical="center")
        sheet.column_dimensions[cell.column_letter].width = width
    sheet.cell(HEADER_ROW, 9).comment = Comment("Three digits until 2025, four from now on.", "Elena Marchetti")


def _fill_row(sheet: Worksheet, number: int, row: Sequence[Cell]) -> None:
    line = Border(bottom=Side("hair", color="FFBBBBBB"))
    for column, value in enumerate(row, 1):
        cell = sheet.cell(number, column, value)
        cell.border = line
        if number % 2:
            cell.fill = PatternFill("solid", start_color="FFF3F6FA")
        if value == "#N/A":
            cell.data_type = "e"
    sheet.cell(number, 1).number_format = "00000"
    sheet.cell(number, 9).number_format = "0000"
    sheet.cell(number, 11).number_format = "dd/mm/yyyy"


def _side_sheet(book: Workbook, last: int) -> None:
    sheet = book.create_sheet("Laptops")
    sheet["A1"], sheet["B1"] = "Laptops to order", f'=COUNTIF(Team!L{HEADER_ROW + 1}:L{last},"yes")'
    sheet["A2"], sheet["B2"] = "Price each", 1150
    sheet["A3"], sheet["B3"] = "Total", "=B1*B2"
    sheet["B2"].number_format = sheet["B3"].number_format = '#,##0.00 "€"'
    sheet.column_dimensions["A"].width = 22


def main() -> None:
    (FOLDER / "team.xlsx").write_bytes(team(mistakes=True))
    (FOLDER / "team-corrected.xlsx").write_bytes(team(mistakes=False))
    if "--libreoffice" in sys.argv[1:]:
        (FOLDER / "second-wave-libreoffice.xlsx").write_bytes(by_libreoffice(second_wave()))


if __name__ == "__main__":
    main()
