// Writes and reads workbooks by excelize: `corpus write OUT` with a list of people as JSON on standard input,
// `corpus read FILE…` gives what is seen in each first sheet as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

type list struct {
	Header []string `json:"header"`
	Rows   [][]any  `json:"rows"`
	Dates  []int    `json:"dates"`
	Note   string   `json:"note"`
	NoteAt string   `json:"note_at"`
}

type seen struct {
	Cells map[string]string `json:"cells"`
	Notes map[string]string `json:"notes"`
	Fills map[string]string `json:"fills"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(out string) {
	var people list
	must(json.NewDecoder(os.Stdin).Decode(&people))
	book := excelize.NewFile()
	code := "yyyy-mm-dd"
	style, err := book.NewStyle(&excelize.Style{CustomNumFmt: &code})
	must(err)
	for at, header := range people.Header {
		cell, _ := excelize.CoordinatesToCellName(at+1, 1)
		must(book.SetCellValue("Sheet1", cell, header))
	}
	for row, values := range people.Rows {
		for at, value := range values {
			cell, _ := excelize.CoordinatesToCellName(at+1, row+2)
			if contains(people.Dates, at) {
				day, err := time.Parse("2006-01-02", value.(string))
				must(err)
				must(book.SetCellValue("Sheet1", cell, day))
				must(book.SetCellStyle("Sheet1", cell, cell, style))
			} else {
				must(book.SetCellValue("Sheet1", cell, value))
			}
		}
	}
	must(book.AddComment("Sheet1", excelize.Comment{
		Cell: people.NoteAt, Author: "HR", Paragraph: []excelize.RichTextRun{{Text: people.Note}},
	}))
	must(book.SaveAs(out))
}

func read(file string) (seen, error) {
	found := seen{map[string]string{}, map[string]string{}, map[string]string{}}
	book, err := excelize.OpenFile(file)
	if err != nil {
		return found, err
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil {
		return found, err
	}
	for row, values := range rows {
		for at, value := range values {
			cell, _ := excelize.CoordinatesToCellName(at+1, row+1)
			if value != "" {
				found.Cells[cell] = value
			}
			index, err := book.GetCellStyle(sheet, cell)
			if err != nil {
				return found, err
			}
			style, err := book.GetStyle(index)
			if err != nil {
				continue // a workbook without styles
			}
			if len(style.Fill.Color) > 0 && style.Fill.Color[0] != "" {
				found.Fills[cell] = style.Fill.Color[0]
			} else if style.Fill.Pattern == 1 {
				found.Fills[cell] = "solid" // excelize gives no color of a workbook that has no theme
			}
		}
	}
	comments, err := book.GetComments(sheet)
	for _, comment := range comments {
		var words strings.Builder
		words.WriteString(comment.Text)
		if comment.Text == "" {
			for _, run := range comment.Paragraph {
				words.WriteString(run.Text)
			}
		}
		found.Notes[comment.Cell] = words.String()
	}
	return found, err
}

func contains(numbers []int, wanted int) bool {
	for _, number := range numbers {
		if number == wanted {
			return true
		}
	}
	return false
}

func main() {
	if os.Args[1] == "write" {
		write(os.Args[2])
		return
	}
	all := map[string]any{}
	for _, file := range os.Args[2:] {
		found, err := read(file)
		if err != nil {
			all[file] = map[string]string{"error": err.Error()}
		} else {
			all[file] = found
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(all))
}
