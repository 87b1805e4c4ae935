"""Whether what stands beside a formula is its result, by who wrote the workbook."""

from pathlib import Path

import pytest

from services.validation.formats.reading.results import Results, results_of
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import reading, with_cell

KEPT, NONE, ZERO_IS_NONE = Results.KEPT, Results.NONE, Results.ZERO_IS_NONE
FULL, TOLD, NOTHING = {"calcId": "124519", "fullCalcOnLoad": "1"}, {"calcId": "191029"}, dict[str, str]()


@pytest.mark.parametrize(
    ("application", "calculation", "results"),
    [
        ("Microsoft Excel", TOLD, KEPT),
        ("Microsoft Excel", FULL, NONE),  # XlsxWriter, and POI in a template with a recalculation asked for
        ("Microsoft Excel Compatible / Openpyxl 3.1.5", FULL, NONE),
        ("Microsoft Excel", NOTHING, ZERO_IS_NONE),
        ("Apache POI", NOTHING, NONE),
        ("SheetJS", NOTHING, NONE),
        ("Go Excelize", TOLD, NONE),
        ("Somebody's export", TOLD, KEPT),
        ("LibreOffice/7.4.7.2$Linux_X86_64 LibreOffice_project/40$Build-2", NOTHING, KEPT),
        ("ONLYOFFICE/8.2", FULL, KEPT),
        (None, TOLD, KEPT),
        (None, {"calcId": "0", "fullCalcOnLoad": "true"}, NONE),
        (None, NOTHING, ZERO_IS_NONE),
    ],
)
def test_who_wrote_it_and_what_it_asks_for(
    application: str | None, calculation: dict[str, str], results: Results
) -> None:
    assert results_of(calculation, application) is results


def written(cell: str, application: str, calculation: str) -> bytes:
    """A workbook that says who wrote it and what is to be calculated."""
    content = raw.parts(with_cell(cell))
    content["docProps/app.xml"] = (
        '<ep:Properties xmlns:ep="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
        f"<ep:Application>{application}</ep:Application><ep:Company>LibreOffice</ep:Company></ep:Properties>"
    )
    content["_rels/.rels"] = str(content["_rels/.rels"]).replace(
        "</Relationships>",
        f'<Relationship Id="p" Type="{raw.LINKS}/extended-properties" Target="docProps/app.xml"/></Relationships>',
    )
    book = str(content["xl/workbook.xml"]).replace("</sheets>", f"</sheets>{calculation}")
    return raw.zipped(content | {"xl/workbook.xml": book})


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="B2"><f>A2&amp;"x"</f><v>0</v></c>',
        '<c r="B2" t="str"><f>A2</f><v>3</v></c>',
        '<c r="B2" t="b"><f>1=1</f><v>1</v></c>',
        '<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="B2"><f t="shared" si="0"/><v>0</v></c>',
        '<c r="B2"><f t="array" ref="B2">C2:C3</f><v>0</v></c>',
    ],
)
def test_a_formula_that_its_writer_never_calculated_has_no_result(tmp_path: Path, cell: str) -> None:
    [row] = reading(tmp_path, written(cell, "Microsoft Excel", '<calcPr calcId="124519" fullCalcOnLoad="1"/>')).rows
    assert (row.cells[1], row.faults) == ("", {1: ""})


def test_all_cells_that_one_formula_fills_are_without_a_result(tmp_path: Path) -> None:
    cells = (
        f'<c r="B2"><f t="array" ref="B2:B3">C2:C3</f><v>0</v></c></row><row r="3">{raw.inline("A3", "c@d.example")}'
    )
    rows = reading(tmp_path, written(cells + '<c r="B3"><v>0</v></c>', "Apache POI", "")).rows
    assert [row.faults for row in rows] == [{1: ""}, {1: ""}]


def test_what_is_no_formula_counts_whoever_wrote_it(tmp_path: Path) -> None:
    assert reading(tmp_path, written('<c r="B2"><v>0</v></c>', "Apache POI", "")).rows[0].cells[1] == "0"


def test_what_a_calculating_program_stored_counts(tmp_path: Path) -> None:
    cell = '<c r="B2"><f>1-1</f><v>0</v></c>'
    [row] = reading(tmp_path, written(cell, "LibreOffice/24.2", '<calcPr iterateCount="100"/>')).rows
    assert (row.cells[1], row.faults) == ("0", {})


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B2"><f>1-1</f><v>0</v></c>', None),
        ('<c r="B2"><f>1-1</f><v>0.0</v></c>', None),
        ('<c r="B2"><f>2-1</f><v>1</v></c>', "1"),
        ('<c r="B2" t="b"><f>1=2</f><v>0</v></c>', "FALSE"),
        ('<c r="B2" t="str"><f>TEXT(0,"0")</f><v>0</v></c>', "0"),
    ],
)
def test_of_an_unknown_writer_the_number_0_alone_is_no_result(tmp_path: Path, cell: str, shown: str | None) -> None:
    [row] = reading(tmp_path, written(cell, "Microsoft Excel", "")).rows
    assert (row.cells[1], row.faults) == (shown or "", {} if shown else {1: ""})


def test_properties_that_cannot_be_read_refuse_nothing(tmp_path: Path) -> None:
    assert reading(tmp_path, written('<c r="B2"><v>5</v></c>', "<broken>", "")).rows[0].cells[1] == "5"
