#!/usr/bin/env bash
# LibreOffice 7.4.7.2 (Debian 12: libreoffice-calc 4:7.4.7): converts a formula's placeholder as if it were its result.
#
# Behaviour: XlsxWriter can't calculate: it stores 0 for each formula and says so by fullCalcOnLoad="1" in the workbook. A
#   headless conversion calculates nothing, keeps the 0 also for a formula of text, leaves the wish out, and gives LibreOffice
#   as the program that wrote the file. Who reads stored results afterwards can't tell them from calculated ones.
# Seen: LibreOffice 7.4.7.2 40(Build:2): results: [b'0', b'0'], calculate on load: before True, after False
# Source: ECMA-376 part 1, 18.2.2 calcPr (fullCalcOnLoad); XlsxWriter's documentation, "Formula Results"; LibreOffice's help,
#   "Recalculation on File Load", whose default for such files is never.
# What to do: before converting set that option to always (org.openoffice.Office.Calc/Formula/Load, OOXMLRecalcMode 0).
# LibreOffice is no package that pip or npm could pin: it has to be installed. Another version is named before it is tried.
set -euo pipefail
command -v soffice >/dev/null || { echo "There is no soffice here: install LibreOffice Calc, then run this again." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=$(soffice -env:UserInstallation="file://$work/profile" --version | head -1)
[[ $version == "LibreOffice 7.4.7.2 "* ]] || echo "Written for LibreOffice 7.4.7.2; here is $version" >&2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check XlsxWriter==3.3.1
venv/bin/python - <<'PYTHON'
import xlsxwriter

with xlsxwriter.Workbook("written.xlsx") as book:
    sheet = book.add_worksheet()
    sheet.write("A1", 5)
    sheet.write_formula("B1", "=A1+37")
    sheet.write_formula("C1", '="Row "&A1')
PYTHON
soffice -env:UserInstallation="file://$work/profile" --headless --convert-to xlsx --outdir saved written.xlsx >/dev/null 2>&1
SEEN_BY="$version" venv/bin/python - <<'PYTHON'
import os
import re
import zipfile

before, after = zipfile.ZipFile("written.xlsx"), zipfile.ZipFile("saved/written.xlsx")
wish = [b'fullCalcOnLoad="1"' in book.read("xl/workbook.xml") for book in (before, after)]
results = re.findall(rb"</f><v>([^<]*)</v>", after.read("xl/worksheets/sheet1.xml"))
assert b"<Application>LibreOffice/" in after.read("docProps/app.xml"), "the copy says that LibreOffice wrote it"
print(f"{os.environ['SEEN_BY'].strip()}: results: {results}, calculate on load: before {wish[0]}, after {wish[1]}")
assert results == [b"0", b"0"] and wish == [True, False], "the behaviour has changed"
PYTHON
