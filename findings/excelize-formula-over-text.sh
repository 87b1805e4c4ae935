#!/usr/bin/env bash
# excelize v2.11.1 (Go): SetCellFormula over a text stores the text's place in the list of texts as the formula's result.
#
# Behaviour: a text is kept as its number among the shared strings. SetCellFormula takes away that it is such a number, and leaves
#   the number itself: <c t="str"><f>1+1</f><v>1</v></c> for the second text. GetCellValue gives "1", and so does every reader of
#   stored results (openpyxl 3.1.5 with data_only). The workbook does not ask to be calculated when it is opened either.
# Seen: <c r="B1" t="str"><f>1+1</f><v>1</v></c>; stored result: 1
# Source: cell.go (SetCellFormula: the cell's value is not cleared); the documentation of SetCellFormula, and of UpdateLinkedValue,
#   which is for "linked values within a spreadsheet are not updating".
# What to do: empty the cell by SetCellValue(…, nil) before, or call UpdateLinkedValue before saving.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw"
printf 'module finding\n\ngo 1.25.0\n\nrequire github.com/xuri/excelize/v2 v2.11.1\n' > go.mod
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	book := excelize.NewFile()
	must(book.SetCellStr("Sheet1", "A1", "first"))
	must(book.SetCellStr("Sheet1", "B1", "second"))
	must(book.SetCellFormula("Sheet1", "B1", "1+1"))
	must(book.SaveAs("formula.xlsx"))
}
GO
go run .
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5
venv/bin/python - <<'PYTHON'
import re
import zipfile

import openpyxl

sheet, book = (zipfile.ZipFile("formula.xlsx").read(f"xl/{part}").decode() for part in ("worksheets/sheet1.xml", "workbook.xml"))
cell = re.search(r'<c r="B1".*?</c>', sheet)[0]
result = openpyxl.load_workbook("formula.xlsx", data_only=True).active["B1"].value
print(f"{cell}; stored result: {result}")
assert "fullCalcOnLoad" not in book and "<v>1</v>" in cell and str(result) == "1", "the behaviour has changed"
PYTHON
