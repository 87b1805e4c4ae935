// Writes and reads workbooks by SheetJS, exceljs and write-excel-file: `corpus.js write WRITER OUT` with a list of people as
// JSON on standard input, `corpus.js read READER FILE…` gives what is seen in each first sheet as JSON.
import fs from "node:fs";
import ExcelJS from "exceljs";
import XLSX from "xlsx";
import writeXlsxFile from "write-excel-file/node";

const [what, who, ...files] = process.argv.slice(2);
const day = (text) => new Date(`${text}T00:00:00.000Z`);

const writers = {
  async sheetjs(people, out, options = {}) {
    const rows = people.rows.map((row) => row.map((value, at) => (people.dates.includes(at) ? day(value) : value)));
    const sheet = XLSX.utils.aoa_to_sheet([people.header, ...rows], { dateNF: "yyyy-mm-dd", UTC: true, ...options });
    sheet[people.note_at].c = [{ a: "HR", t: people.note }];
    const book = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(book, sheet, "People");
    fs.writeFileSync(out, XLSX.write(book, { type: "buffer", bookType: "xlsx", compression: true, ...options }));
  },
  async "sheetjs-dates"(people, out) {
    await writers.sheetjs(people, out, { cellDates: true });
  },
  async "sheetjs-shared"(people, out) {
    await writers.sheetjs(people, out, { bookSST: true });
  },
  async exceljs(people, out) {
    const book = new ExcelJS.Workbook();
    const sheet = book.addWorksheet("People");
    sheet.addRow(people.header);
    for (const row of people.rows) {
      sheet.addRow(row.map((value, at) => (people.dates.includes(at) ? day(value) : value)));
    }
    for (const at of people.dates) sheet.getColumn(at + 1).numFmt = "yyyy-mm-dd";
    sheet.getCell(people.note_at).note = people.note;
    await book.xlsx.writeFile(out);
  },
  async "exceljs-stream"(people, out) {
    const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: out, useStyles: true, useSharedStrings: false });
    const sheet = book.addWorksheet("People");
    for (const row of [people.header, ...people.rows]) sheet.addRow(row).commit();
    await book.commit();
  },
  async "write-excel-file"(people, out) {
    const cell = (value, at) =>
      people.dates.includes(at) ? { value: day(value), type: Date, format: "yyyy-mm-dd" } : { value, type: value.constructor };
    const rows = [people.header.map((value) => ({ value, type: String })), ...people.rows.map((row) => row.map(cell))];
    const made = await writeXlsxFile(rows);
    fs.writeFileSync(out, await made.toBuffer());
  },
};

const readers = {
  async sheetjs(file) {
    const book = XLSX.readFile(file, { cellStyles: true, cellNF: true, cellText: true });
    const sheet = book.Sheets[book.SheetNames[0]];
    const seen = { cells: {}, notes: {}, fills: {} };
    for (const [name, cell] of Object.entries(sheet)) {
      if (name.startsWith("!")) continue;
      if (cell.t !== "z" && (cell.w ?? cell.v ?? "") !== "") seen.cells[name] = String(cell.w ?? cell.v);
      if (cell.c) seen.notes[name] = cell.c.map((note) => note.t).join("");
      if (cell.s?.fgColor?.rgb) seen.fills[name] = cell.s.fgColor.rgb;
    }
    return seen;
  },
  async exceljs(file) {
    const book = new ExcelJS.Workbook();
    await book.xlsx.readFile(file);
    const seen = { cells: {}, notes: {}, fills: {} };
    book.worksheets[0].eachRow((row) =>
      row.eachCell({ includeEmpty: true }, (cell) => {
        if (cell.value !== null && !(cell.value instanceof Date)) seen.cells[cell.address] = cell.text;
        if (cell.note) {
          seen.notes[cell.address] = typeof cell.note === "string" ? cell.note : cell.note.texts.map((run) => run.text).join("");
        }
        if (cell.fill?.fgColor?.argb) seen.fills[cell.address] = cell.fill.fgColor.argb;
      }),
    );
    return seen;
  },
};

if (what === "write") {
  await writers[who](JSON.parse(fs.readFileSync(0, "utf8")), files[0]);
} else {
  const all = {};
  for (const file of files) {
    try {
      all[file] = await readers[who](file);
    } catch (error) {
      all[file] = { error: String(error?.message ?? error) };
    }
  }
  console.log(JSON.stringify(all));
}
