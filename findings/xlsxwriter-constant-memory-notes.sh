#!/usr/bin/env bash
# XlsxWriter 3.3.1 (PyPI): with constant_memory a note on a row above the current one is left out without an error.
#
# Behaviour: notes are kept in memory and written at the end, so the mode has no reason to refuse one. `write_comment` shares
#   the check of cells all the same, which refuses rows that are flushed. It returns -1, "Row or column is out of worksheet
#   bounds", raises nothing and warns of nothing; the row is within them. Notes on the current row are written.
# Seen: by default: notes at ['A1', 'A2'], returned [0, 0]
#       constant_memory: notes at ['A2'], returned [-1, 0]
# Source: xlsxwriter/worksheet.py (write_comment and its docstring; _check_dimensions, "In constant_memory mode we don't change
#   dimensions for rows that are already written"); XlsxWriter's issue 925, where its author says that "Comments aren't affected
#   by `constant_memory` mode": true of the current row, which was tried there.
# What to do: write a row's notes before the next row begins; look at what write_comment returns.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check XlsxWriter==3.3.1
venv/bin/python -W error - <<'PYTHON'
import re
import zipfile

import xlsxwriter

seen = {}
for constant in (False, True):
    with xlsxwriter.Workbook("notes.xlsx", {"constant_memory": constant}) as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "Ada")
        sheet.write("A2", "Ben")
        returned = [sheet.write_comment("A1", "on the row before"), sheet.write_comment("A2", "on the current row")]
    notes = re.findall(r'<comment ref="(\w+)"', zipfile.ZipFile("notes.xlsx").read("xl/comments1.xml").decode())
    seen[constant] = notes, returned
    print(f"{'constant_memory' if constant else 'by default'}: notes at {notes}, returned {returned}")
assert seen == {False: (["A1", "A2"], [0, 0]), True: (["A2"], [-1, 0])}, "the behaviour has changed"
PYTHON
