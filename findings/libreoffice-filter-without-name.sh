#!/usr/bin/env bash
# LibreOffice 7.4.7.2 (Debian 12: libreoffice-calc 4:7.4.7): a sheet's <autoFilter> counts only where a hidden name repeats it.
#
# Behaviour: with <autoFilter ref="A1:B4"/> in the sheet and no `_xlnm._FilterDatabase` among the workbook's names, the filter is
#   not imported: no buttons are there, and saved again the sheet has no <autoFilter>. The same file with the name keeps it.
#   Nothing is said. The element is all that the standard asks for; the name is what Excel adds for itself.
# Seen: LibreOffice 7.4.7.2 40(Build:2): with the name: 1 filter, without: 0
# Source: ECMA-376 part 1, 18.3.1.2 autoFilter, and 18.2.5 definedName (`_xlnm._FilterDatabase` is a reserved name that need
#   not be there).
# What to do: whoever writes an <autoFilter> writes the hidden name too, local to the sheet.
# LibreOffice is no package that pip or npm could pin: it has to be installed. Another version is named before it is tried.
set -euo pipefail
command -v soffice >/dev/null || { echo "There is no soffice here: install LibreOffice Calc, then run this again." >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
soffice="soffice -env:UserInstallation=file://$work/profile --headless"
version=$(soffice -env:UserInstallation="file://$work/profile" --version | head -1)
[[ $version == "LibreOffice 7.4.7.2 "* ]] || echo "Written for LibreOffice 7.4.7.2; here is $version" >&2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check XlsxWriter==3.3.1
venv/bin/python - <<'PYTHON'
import re
import zipfile

import xlsxwriter

with xlsxwriter.Workbook("with.xlsx") as book:
    sheet = book.add_worksheet()
    for at, row in enumerate([["Name", "Town"], ["Ada", "Rome"], ["Ben", "Oslo"], ["Cid", "Rome"]]):
        sheet.write_row(at, 0, row)
    sheet.autofilter("A1:B4")
with zipfile.ZipFile("with.xlsx") as named, zipfile.ZipFile("without.xlsx", "w") as unnamed:
    for part in named.namelist():
        data, found = re.subn(rb"<definedNames>.*</definedNames>", b"", named.read(part))
        assert found == (part == "xl/workbook.xml"), "the name stands in the workbook's part, and nothing else is changed"
        unnamed.writestr(part, data)
PYTHON
$soffice --convert-to xlsx --outdir saved with.xlsx without.xlsx >/dev/null 2>&1
SEEN_BY="$version" venv/bin/python - <<'PYTHON'
import os
import zipfile

counts = [zipfile.ZipFile(f"saved/{name}.xlsx").read("xl/worksheets/sheet1.xml").count(b"<autoFilter") for name in ("with", "without")]
print(f"{os.environ['SEEN_BY'].strip()}: with the name: {counts[0]} filter, without: {counts[1]}")
assert counts == [1, 0], "the behaviour has changed"
PYTHON
