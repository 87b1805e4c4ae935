"""Writes and reads workbooks by libraries of Python: `corpus.py write WRITER OUT` with a list of people as JSON on
standard input, `corpus.py read READER FILE…` gives what is seen in each first sheet as JSON."""

import json
import sys
from datetime import date, datetime

NAME, DATE = "People", "yyyy-mm-dd"


def days(people, kind=date):
    """The rows with their days as days."""
    for row in people["rows"]:
        yield [kind.fromisoformat(value) if at in people["dates"] else value for at, value in enumerate(row)]


def by_openpyxl(people, out, iso=False, streamed=False):
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment

    book = openpyxl.Workbook(write_only=streamed)
    book.iso_dates = iso
    sheet = book.create_sheet(NAME) if streamed else book.active

    def made(value):
        cell = WriteOnlyCell(sheet, value)
        if isinstance(value, date):
            cell.number_format = DATE
        return cell

    sheet.append(people["header"])
    for row in days(people):
        sheet.append([made(value) for value in row])
    if not streamed:
        sheet[people["note_at"]].comment = Comment(people["note"], "HR")
    book.save(out)


def by_xlsxwriter(people, out, **options):
    import xlsxwriter

    book = xlsxwriter.Workbook(out, {"default_date_format": DATE, **options})
    sheet = book.add_worksheet(NAME)
    sheet.write_row(0, 0, people["header"])
    for at, row in enumerate(days(people), 1):
        sheet.write_row(at, 0, row)
    sheet.write_comment(people["note_at"], people["note"], {"author": "HR"})
    book.close()


def by_pyexcelerate(people, out):
    from pyexcelerate import Format, Style, Workbook

    book = Workbook()
    sheet = book.new_sheet(NAME, data=[people["header"], *days(people, datetime)])
    for at in people["dates"]:
        sheet.set_col_style(at + 1, Style(format=Format(DATE)))
    book.save(out)


def by_pylightxl(people, out):
    import pylightxl

    book = pylightxl.Database()
    book.add_ws(NAME)
    for row, values in enumerate([people["header"], *people["rows"]], 1):
        for at, value in enumerate(values, 1):
            book.ws(NAME).update_index(row, at, value)
    pylightxl.writexl(book, out)


def by_polars(people, out):
    import polars

    frame = polars.DataFrame(list(days(people)), schema=people["header"], orient="row")
    formats = {polars.Date: DATE, polars.Int64: "0", polars.Float64: "General"}
    frame.write_excel(out, worksheet=NAME, dtype_formats=formats)


def by_pandas(people, out):
    import pandas

    frame = pandas.DataFrame(list(days(people)), columns=people["header"])
    with pandas.ExcelWriter(out, engine="openpyxl", date_format=DATE) as writer:
        frame.to_excel(writer, sheet_name=NAME, index=False)


WRITERS = {
    "openpyxl": by_openpyxl,
    "openpyxl-iso": lambda people, out: by_openpyxl(people, out, iso=True),
    "openpyxl-streamed": lambda people, out: by_openpyxl(people, out, streamed=True),
    "xlsxwriter": by_xlsxwriter,
    "xlsxwriter-inline": lambda people, out: by_xlsxwriter(people, out, constant_memory=True),
    "pyexcelerate": by_pyexcelerate,
    "pylightxl": by_pylightxl,
    "polars": by_polars,
    "pandas": by_pandas,
}


def seen_by_openpyxl(file):
    import openpyxl

    seen = {"cells": {}, "notes": {}, "fills": {}}
    for row in openpyxl.load_workbook(file).worksheets[0].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):  # of others it knows what is stored, not what is shown
                seen["cells"][cell.coordinate] = cell.value
            if cell.comment:
                seen["notes"][cell.coordinate] = cell.comment.text
            if cell.fill.patternType == "solid":
                seen["fills"][cell.coordinate] = cell.fill.fgColor.rgb
    return seen


def seen_by_calamine(file):
    import python_calamine
    from openpyxl.utils import get_column_letter

    rows = python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(skip_empty_area=False)
    cells = {
        f"{get_column_letter(at)}{number}": value
        for number, row in enumerate(rows, 1)
        for at, value in enumerate(row, 1)
        if isinstance(value, str) and value
    }
    return {"cells": cells}


READERS = {"openpyxl": seen_by_openpyxl, "calamine": seen_by_calamine}


def main(what, who, *files):
    if what == "write":
        WRITERS[who](json.load(sys.stdin), files[0])
        return
    found = {}
    for file in files:
        try:
            found[file] = READERS[who](file)
        except Exception as error:  # whatever a reader stumbles over is what is asked about
            found[file] = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
