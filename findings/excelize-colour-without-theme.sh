#!/usr/bin/env bash
# excelize v2.11.1 (Go): GetStyle gives no colour of a fill where the workbook has no theme, though the colour is plain RGB.
#
# Behaviour: a theme is an optional part, and pyexcelerate 0.13.0 (PyPI) writes none. Of its cell filled with rgb="FFFF0000"
#   excelize says the pattern and an empty text for the colour, without an error: `getThemeColor` returns nothing at once where
#   there is no theme, before it looks at the RGB. In excelize's own workbook, which has one, the same fill is "FF0000".
# Seen: with a theme: ["FF0000"], without: [""]
# Source: styles.go (getThemeColor, extractPatternFill); ECMA-376 part 1, 18.8.3 bgColor and 18.8.19 fgColor (rgb needs no theme).
# What to do: set `book.Theme` to that of `excelize.NewFile()` before asking, where it is nil.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyexcelerate==0.13.0
venv/bin/python - <<'PYTHON'
import zipfile

from pyexcelerate import Color, Fill, Style, Workbook

book = Workbook()
sheet = book.new_sheet("Sheet1", data=[["red"]])
sheet.set_cell_style(1, 1, Style(fill=Fill(background=Color(255, 0, 0))))
book.save("unthemed.xlsx")
part = zipfile.ZipFile("unthemed.xlsx")
assert b'rgb="FFFF0000"' in part.read("xl/styles.xml"), "the colour is there"
assert not [name for name in part.namelist() if "theme" in name], "and no theme"
PYTHON
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw"
printf 'module finding\n\ngo 1.25.0\n\nrequire github.com/xuri/excelize/v2 v2.11.1\n' > go.mod
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/xuri/excelize/v2"
)

func colour(book *excelize.File) []string {
	id, err := book.GetCellStyle("Sheet1", "A1")
	must(err)
	style, err := book.GetStyle(id)
	must(err)
	return style.Fill.Color
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	themed := excelize.NewFile()
	red, err := themed.NewStyle(&excelize.Style{Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"FF0000"}}})
	must(err)
	must(themed.SetCellStyle("Sheet1", "A1", "A1", red))
	unthemed, err := excelize.OpenFile("unthemed.xlsx")
	must(err)
	with, without := colour(themed), colour(unthemed)
	fmt.Printf("with a theme: %q, without: %q\n", with, without)
	if fmt.Sprint(with) != "[FF0000]" || len(without) != 1 || without[0] != "" {
		must(fmt.Errorf("the behaviour has changed"))
	}
}
GO
go run .
