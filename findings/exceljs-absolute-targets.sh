#!/usr/bin/env bash
# exceljs 4.4.0 (npm): does not open a workbook of openpyxl 3.1.5 (PyPI) that has one table or one note.
#
# Behaviour: openpyxl refers to a sheet's parts from the root, /xl/tables/table1.xml and /xl/comments/comment1.xml. exceljs
#   looks them up by text, as ../tables/table1.xml and ../comments1.xml, finds nothing, and fails with a TypeError that names
#   neither the part nor the sheet. The same rows without table and note are read.
# Seen: plain.xlsx: Ada
#       table.xlsx: TypeError: Cannot read properties of undefined (reading 'name')
#       note.xlsx: TypeError: Cannot read properties of undefined (reading 'comments')
# Source: lib/xlsx/xlsx.js (_processTableEntry, _processCommentEntry: the keys) and lib/xlsx/xform/sheet/worksheet-xform.js
#   (reconcile); ECMA-376 part 2, relationship targets are resolved as references (RFC 3986), absolute paths included. exceljs's
#   issue 1468 has the table, since 2020.
# What to do: read such files by another library, or rewrite the targets as relative ones before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5
venv/bin/python - <<'PYTHON'
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

for name in ("plain", "table", "note"):
    book = Workbook()
    sheet = book.active
    sheet.append(["Name", "Age"])
    sheet.append(["Ada", 36])
    if name == "table":
        sheet.add_table(Table(displayName="People", ref="A1:B2"))
    if name == "note":
        sheet["A2"].comment = Comment("Ask her", "HR")
    book.save(f"{name}.xlsx")
PYTHON
echo '{"private": true, "type": "module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts exceljs@4.4.0
cat > read.mjs <<'JS'
import ExcelJS from "exceljs";

const seen = {};
for (const name of ["plain", "table", "note"]) {
  const book = new ExcelJS.Workbook();
  seen[name] = await book.xlsx.readFile(`${name}.xlsx`).then(() => book.worksheets[0].getCell("A2").value, String);
  console.log(`${name}.xlsx: ${seen[name]}`);
}
if (!(seen.plain === "Ada" && seen.table.startsWith("TypeError") && seen.note.startsWith("TypeError")))
  throw new Error("the behaviour has changed");
JS
node read.mjs
