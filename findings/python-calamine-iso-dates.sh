#!/usr/bin/env bash
# python-calamine 0.9.1 (PyPI): a date cell that SheetJS 0.18.5 (npm) writes comes as text, one of openpyxl 3.1.5 as a date.
#
# Behaviour: cells of type "d" hold an ISO 8601 date. Of "2024-02-29" python-calamine makes a date; of
#   "2024-02-29T00:00:00.000Z", which SheetJS writes for the same day with cellDates, it makes nothing: the cell is a str, like a
#   text, though its type and its number format say date. openpyxl reads a date in both.
# Seen: from openpyxl: openpyxl date, python-calamine date
#       from SheetJS: openpyxl datetime, python-calamine str 2024-02-29T00:00:00.000Z
# Source: ECMA-376 part 1, 18.18.11 ST_CellType (d: "a date in the ISO 8601 format"); SheetJS's documentation, "Dates and Times"
#   (cellDates); python_calamine/_python_calamine.pyi (`to_python` returns date and datetime, too).
# What to do: read a str in a column of dates by `datetime.fromisoformat` (Python 3.11 and newer know the Z).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts xlsx@0.18.5
TZ=UTC node - <<'JS'
const XLSX = require("xlsx");

const sheet = XLSX.utils.aoa_to_sheet([[new Date(Date.UTC(2024, 1, 29))]], { cellDates: true });
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, sheet, "Dates");
XLSX.writeFile(book, "SheetJS.xlsx", { cellDates: true });
JS
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check python-calamine==0.9.1 openpyxl==3.1.5
venv/bin/python - <<'PYTHON'
import datetime

import openpyxl
from python_calamine import CalamineWorkbook

book = openpyxl.Workbook(iso_dates=True)
book.active["A1"] = datetime.date(2024, 2, 29)
book.save("openpyxl.xlsx")
seen = {}
for writer in ("openpyxl", "SheetJS"):
    theirs = openpyxl.load_workbook(f"{writer}.xlsx").active["A1"].value
    seen[writer] = CalamineWorkbook.from_path(f"{writer}.xlsx").get_sheet_by_index(0).to_python()[0][0]
    raw = f" {seen[writer]}" if isinstance(seen[writer], str) else ""
    print(f"from {writer}: openpyxl {type(theirs).__name__}, python-calamine {type(seen[writer]).__name__}{raw}")
    assert theirs.isoformat()[:10] == "2024-02-29", "openpyxl reads the same day in both"
assert seen == {"openpyxl": datetime.date(2024, 2, 29), "SheetJS": "2024-02-29T00:00:00.000Z"}, "the behaviour has changed"
PYTHON
