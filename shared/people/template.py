"""The workbook that a company's admin starts from: its own columns and lists, explained, and nobody in it yet."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from shared.people.model import CompanySettings
from shared.people.profile import EMAIL, METHODOLOGY_COLUMN, REPORTS_TO, STANDARD_FIELDS, StandardField

PEOPLE, INSTRUCTIONS, LISTS = "People", "Instructions", "Lists"
_LAST_ROW = 5_001  # some programs keep each cell that has a drop-down by itself: 150,000 take them seconds and 19 MB
_INLINE = 255  # what Excel allows a list inside the validation itself (ECMA-376, 18.3.1.32, formula1)
_PARTED = re.compile(r"[^ -~\u00a1-\ufffd]|[,\"]|^[ =]|\s$")  # what a list inside the validation can't hold as it is
_SEVERAL = (
    "One of the list in the cell, or several: write them one after the other, with commas between. "
    "What is named here is added; nothing is taken away."
)
_PROMPT = "Choose one of the list. For several write them one after the other, with commas between."
_HEAD_FILL = PatternFill("solid", start_color="FF1F4E79")
_HEAD_FONT = Font(bold=True, color="FFFFFFFF")


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    required: str  # words for the instructions
    rule: str
    choices: tuple[str, ...] = ()
    several: bool = False
    """A cell can hold several of the choices: what is none of them is for the upload to judge."""

    @property
    def header(self) -> str:
        return f"{self.name} *" if self.required != "no" else self.name


def template(company: CompanySettings) -> bytes:
    """An .xlsx for this company. The same company gives the same sheets; uploaded untouched it is `empty`."""
    columns = list(_columns(company))
    book = Workbook()
    people = book.active
    assert isinstance(people, Worksheet)
    people.title = PEOPLE
    _head(people, [column.header for column in columns])
    people.freeze_panes = "A2"
    _instructions(book.create_sheet(INSTRUCTIONS), company, columns)
    lists = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    for place, column in enumerate(columns, 1):
        _text(people, place)
        if column.choices:
            _drop_down(people, lists, place, column)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _columns(company: CompanySettings) -> Iterator[_Column]:
    new, no = "for a new user", "no"
    for standard in STANDARD_FIELDS:
        choices: tuple[str, ...] = getattr(company, standard.listed_in) if standard.listed_in else ()
        needed = "always" if standard.key == EMAIL else new if standard.required else no
        yield _Column(standard.column, needed, _standard_rule(standard, company, choices), choices)
    if names := tuple(each.name for each in company.methodologies):
        yield _Column(METHODOLOGY_COLUMN, no, _SEVERAL, names, several=True)
    for field in company.custom_fields:
        yield _Column(field.name, new if field.required else no, _rule(field.values or ()), field.values or ())


def _standard_rule(field: StandardField, company: CompanySettings, choices: Sequence[str]) -> str:
    if field.key == EMAIL:
        domains = f" The domain is {' or '.join(company.sso_domains)}." if company.sso_domains else ""
        return f"Says whom the row is about. One row a person.{domains}"
    if field.key == REPORTS_TO:
        return "The manager’s e-mail: a user of the company or a row of this file."
    if field.listed_in:
        return _rule(choices)
    return f"{'1' if field.required else 'Up'} to {field.max_length} characters."


def _rule(choices: Sequence[str]) -> str:
    return "One of the list in the cell." if choices else "Free text."


def _put(sheet: Worksheet, row: int, column: int, text: str) -> None:
    """A text as a text, also where it begins with "=": a company's own names must not become formulas."""
    cell = sheet.cell(row, column, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))


def _head(sheet: Worksheet, headers: Sequence[str]) -> None:
    for place, header in enumerate(headers, 1):
        _put(sheet, 1, place, header)
        cell = sheet.cell(1, place)
        cell.font, cell.fill = _HEAD_FONT, _HEAD_FILL
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = max(16, min(40, len(header) + 6))
    sheet.row_dimensions[1].height = 24


def _text(sheet: Worksheet, place: int) -> None:
    """Cells are text from the start, so that Excel keeps the leading zeros of a cost center."""
    sheet.column_dimensions[get_column_letter(place)].number_format = "@"


def _drop_down(people: Worksheet, lists: Worksheet, place: int, column: _Column) -> None:
    letter = get_column_letter(place)
    for row, value in enumerate(column.choices, 1):
        _put(lists, row, place, value)
    inline = ",".join(column.choices)
    simple = len(inline) <= _INLINE and not any(_PARTED.search(value) for value in column.choices)
    area = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(column.choices)}"
    validation = DataValidation(
        type="list",
        formula1=f'"{inline}"' if simple else area,
        allow_blank=True,
        showErrorMessage=not column.several,
        errorTitle=column.name[:32],
        error="Choose one of the list, or leave the cell blank.",
    )
    if column.several:
        validation.showInputMessage = True
        validation.promptTitle, validation.prompt = column.name[:32], _PROMPT
    validation.sqref = MultiCellRange(f"{letter}2:{letter}{_LAST_ROW}")
    people.add_data_validation(validation)


def _instructions(sheet: Worksheet, company: CompanySettings, columns: Sequence[_Column]) -> None:
    steps = (
        f"Invite and change users of {company.name}",
        f"1. Fill in the sheet “{PEOPLE}”, one person a row. Columns with * are needed for a new user.",
        "2. Someone who is a user already is changed: what you leave blank stays as it is. Everyone else is invited.",
        "3. Save the file and upload it in Usher: Invite/Change via Upload. "
        "Nothing happens before you have seen and confirmed it.",
    )
    for row, line in enumerate(steps, 1):
        _put(sheet, row, 1, line)
    sheet["A1"].font = Font(bold=True, size=14)
    head = len(steps) + 2
    for place, word in enumerate(("Column", "Required", "What it holds"), 1):
        _put(sheet, head, place, word)
        sheet.cell(head, place).font = Font(bold=True)
    for row, column in enumerate(columns, head + 1):  # quoted, so that no one takes this for a header
        for place, text in enumerate((f"“{column.name}”", column.required, column.rule), 1):
            _put(sheet, row, place, text)
    for letter, width in (("A", 28), ("B", 18), ("C", 70)):
        sheet.column_dimensions[letter].width = width
