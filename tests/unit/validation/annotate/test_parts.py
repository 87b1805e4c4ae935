"""Parts of real files: in another encoding, gone, related in several ways, under other prefixes."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.styles import COLOR
from shared.workbooks.markup import COMPATIBILITY
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.real_files import (
    BAD,
    RELS,
    SHEET,
    STYLES,
    assert_whole,
    content,
    fill_of,
    marked_where_it_is,
    related,
    style_of,
)
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    opened,
    part,
)


@pytest.mark.parametrize("name", [SHEET, STYLES, RELS, "[Content_Types].xml"])
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16", "UTF-16"), ("utf-16-le", ""), ("iso-8859-1", "ISO-8859-1"), ("cp1252", "windows-1252"),
     ("ascii", "US-ASCII"), ("utf-8-sig", "utf-8")],
)  # fmt: skip
def test_a_part_in_another_encoding(tmp_path: Path, name: str, encoding: str, declared: str) -> None:
    made = content() | {RELS: related(("c", "printerSettings", "../printerSettings/printerSettings1.bin"))}
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    made[name] = ("\ufeff" * (encoding == "utf-16-le") + declaration + str(made[name])).encode(encoding)
    data = annotated(
        tmp_path, raw.zipped(made), [Annotation(3, 1, "Type a first name."), Annotation(4, 2, "“Zoë” – 東京")]
    )
    assert_whole(data, {"B3", "C4"})
    assert opened(data)["D4"].value == "“Zoë” – 東京"


def test_what_a_sheet_in_another_encoding_says_is_kept(tmp_path: Path) -> None:
    rows = raw.rows(PEOPLE[0], ("zoë@b.example", "Zoë", "ü"))
    sheet = '<?xml version="1.0" encoding="ISO-8859-1"?>' + raw.sheet(rows)
    made = content() | {SHEET: sheet.encode("iso-8859-1")}
    sheet_after = opened(annotated(tmp_path, raw.zipped(made), [Annotation(2, 0, "x")]))
    assert [cell.value for cell in sheet_after[2]] == ["zoë@b.example", "Zoë", "ü", "x"]


ALTERNATIVE = (
    '<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="hs" xmlns:hs="urn:another-office:2016">'
    '<{p}xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0" hs:extension="1"/></mc:Choice>'
    '<mc:Fallback><{p}xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0"/></mc:Fallback>'
    "</mc:AlternateContent>"
)


@pytest.mark.parametrize("p", ["", "x:"])
def test_alternatives_among_the_formats_count_once(tmp_path: Path, p: str) -> None:
    formats = "".join(ALTERNATIVE.format(mc=COMPATIBILITY.decode(), n=n, p=p) for n in (0, 164, 14))
    styles = re.sub(r"<cellXfs.*</cellXfs>", f'<cellXfs count="3">{formats}</cellXfs>', raw.STYLES)
    if p:
        styles = re.sub(r"<(/?)(?=[a-z])(?!x:|mc:)", r"<\1x:", styles).replace("xmlns=", "xmlns:x=")
    body = raw.rows(*PEOPLE).replace('r="B3" s="0"', 'r="B3" s="1"').replace('r="C4" s="0"', 'r="C4" s="2"')
    data = annotated(tmp_path, raw.zipped(content(raw.sheet(body)) | {STYLES: styles}), [*BAD, Annotation(4, 2, "x")])
    assert (fill_of(data, "B3"), style_of(data, "B3").get("numFmtId")) == (COLOR, "164")
    assert (fill_of(data, "C4"), style_of(data, "C4").get("numFmtId")) == (COLOR, "14")
    assert (fill_of(data, "A2"), style_of(data, "A2").get("numFmtId")) == ("", "0")


def test_alternatives_in_a_sheet_stay_where_they_are(tmp_path: Path) -> None:
    behind = (
        f'<pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/><mc:AlternateContent xmlns:mc="'
        f'{COMPATIBILITY.decode()}"><mc:Choice xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
        ' Requires="x14"><controls/></mc:Choice></mc:AlternateContent><tableParts count="0"/>'
    )
    data = annotated(tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE), behind=behind)), BAD)
    names = [each.tag.rpartition("}")[2] for each in ElementTree.fromstring(part(data, SHEET))]
    assert names[-4:] == ["pageMargins", "legacyDrawing", "AlternateContent", "tableParts"]


def test_new_parts_are_referred_to_as_excel_does(tmp_path: Path) -> None:
    made = content()
    del made[STYLES]
    made["xl/_rels/workbook.xml.rels"] = re.sub(
        '<Relationship Id="st"[^>]*>', "", str(made["xl/_rels/workbook.xml.rels"])
    )
    data = annotated(tmp_path, raw.zipped(made), BAD)
    for name, targets in {
        RELS: {"../comments1.xml", "../drawings/vmlDrawing1.vml"},
        "xl/_rels/workbook.xml.rels": {"styles.xml"},
    }.items():
        new = [each for each in ElementTree.fromstring(part(data, name)) if "Usher" in each.get("Id", "")]
        assert {each.get("Target") for each in new} == targets


OTHER_PREFIXES = (
    f'<worksheet xmlns="{raw.MAIN}" xmlns:x="{raw.MAIN}">{{sheet_data}}</worksheet>',
    f'<a:worksheet xmlns:a="{raw.MAIN}" xmlns:x="{raw.MAIN}">{{sheet_data}}</a:worksheet>',
    f'<worksheet xmlns="{raw.MAIN}">{{declared}}</worksheet>',
)


@pytest.mark.parametrize("around", OTHER_PREFIXES)
def test_elements_under_another_prefix_than_the_root(tmp_path: Path, around: str) -> None:
    rows = re.sub(r"<(/?)(row|c|is|t)\b", r"<\1x:\2", raw.rows(*PEOPLE))
    declared = f'<x:sheetData xmlns:x="{raw.MAIN}">{rows}</x:sheetData>'
    data = around.format(sheet_data=f"<x:sheetData>{rows}</x:sheetData>", declared=declared)
    assert_whole(marked_where_it_is(tmp_path / "book.xlsx", raw.workbook(data)))
