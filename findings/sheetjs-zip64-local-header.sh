#!/usr/bin/env bash
# SheetJS 0.18.5 (npm: xlsx, its newest there): does not open a small workbook of pyexcelerate 0.13.0 (PyPI).
#
# Behaviour: pyexcelerate opens each sheet with force_zip64, so that the local header has 0xFFFFFFFF for both sizes and the true
#   ones in its extra field, as ZIP64 prescribes, whatever the size; the central directory has them in 32 bits. SheetJS passes
#   the extra field by, compares 4294967295 with the directory's size, and throws. openpyxl 3.1.5 reads the same file.
# Seen: openpyxl: Ada; SheetJS: Bad compressed size: 462 != 4294967295
# Source: xlsx.js (parse_local_file of its CFB); pyexcelerate/Writer.py (`force_zip64=True`); APPNOTE.TXT 4.5.3, Zip64 Extended
#   Information Extra Field.
# What to do: open and save such files by another program, or write them anew with sizes of 32 bits (Python's zipfile does).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyexcelerate==0.13.0 openpyxl==3.1.5
read_by_openpyxl=$(venv/bin/python - <<'PYTHON'
import openpyxl
import pyexcelerate

book = pyexcelerate.Workbook()
book.new_sheet("People", data=[["Name", "Age"], ["Ada", 36]])
book.save("people.xlsx")
print(openpyxl.load_workbook("people.xlsx")["People"]["A2"].value)
PYTHON
)
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts xlsx@0.18.5
cat > read.js <<'JS'
const XLSX = require("xlsx");

let seen;
try {
  seen = XLSX.readFile("people.xlsx").Sheets.People.A2.v;
} catch (error) {
  seen = error.message;
}
const openpyxl = process.argv[2];
console.log(`openpyxl: ${openpyxl}; SheetJS: ${seen}`);
if (!(openpyxl === "Ada" && /^Bad compressed size: \d+ != 4294967295$/.test(seen))) throw new Error("the behaviour has changed");
JS
node read.js "$read_by_openpyxl"
