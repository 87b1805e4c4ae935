"""Large or odd files that nobody made to harm: read, annotated, and handed back with all that was in them."""

import io
import struct
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import orjson
import pytest

from services.upload.formats.content_sniffing import sniff
from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings
from tests.unit.validation import raw_workbooks as raw

HEADERS = Headers(CompanySettings("Northwind"))
HEAD = ("Email", "First Name", "Last Name")
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
MIB = 1024 * 1024


def with_parts(parts: Mapping[str, str | bytes]) -> bytes:
    """A good workbook with these parts in place of its own, or beside them."""
    return raw.zipped({**raw.parts(raw.sheet(raw.rows(HEAD, ("a@c.example", "Ada", "Moss")))), **parts})


def repeating(people: int, *more: str) -> str:
    """Rows of a writer that says each text again, without references, and of which only a number differs."""
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    same = "".join(map(cell, ("Ada", "Moss", *more)))
    lines = "".join(f"<row>{cell(f'p{n}@c.example')}{same}</row>" for n in range(people))
    heads = map(cell, (*HEAD, *(f"Column {n}" for n in range(len(more)))))
    return raw.sheet(f"<row>{''.join(heads)}</row>" + lines)


def doubled(data: bytes, name: str) -> bytes:
    """The zip with one of its parts in it twice, the second time with something else."""
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(name, "something else")
    return out.getvalue()


def spoiled(data: bytes, name: str) -> bytes:
    """The zip with another checksum in the list of parts than the part has."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        checksum = struct.pack("<L", archive.getinfo(name).CRC)
    return data[: data.rindex(checksum)] + bytes(4) + data[data.rindex(checksum) + 4 :]


def beginning(book: zipfile.ZipFile) -> io.BytesIO:
    """The workbook without pictures, and with no more than the first two of its rows and of its shared texts: openpyxl
    takes seconds for all of them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in book.infolist():
            if not part.filename.startswith("xl/media/"):
                data = book.read(part)
                archive.writestr(part, _first_two(data) if part.filename in (SHEET, TEXTS) else data)
    return out


def _first_two(data: bytes) -> bytes:
    """An XML of rows or of texts, without those after the second."""
    end = b"</row>" if b"</row>" in data else b"</si>"
    *two, rest = data.split(end, 2)
    return end.join((*two, rest[rest.rindex(end) + len(end) :] if end in rest else rest))


FORMATS = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' * 16_000
TEXTS_AGAIN = raw.shared(
    *(f"<t>{text}</t>" for n in range(12_000) for text in (f"p{n}@c.example", *["Customer Success"] * 29))
)
SAME = ["Customer Success Operations"] * 17
NOTES = (
    f'<comments xmlns="{raw.MAIN}"><authors><author>Ann</author></authors><commentList>'
    + "".join(
        f'<comment ref="D{n}" authorId="0"><text><t>{"by and by " * 200}</t></text></comment>' for n in range(2, 5_002)
    )
    + "</commentList></comments>"
)
NOTED = (
    f'<Relationships xmlns="{raw.PACKAGE}/relationships">'
    f'<Relationship Id="n" Type="{raw.LINKS}/comments" Target="../comments1.xml"/></Relationships>'
)
HONEST: Mapping[str, Callable[[], bytes]] = {
    "2,000 people with every text again": lambda: with_parts({SHEET: repeating(2_000, *SAME)}),
    "20,000 people with every text again": lambda: with_parts({SHEET: repeating(20_000, *SAME)}),
    "3,000 people with the same text in a hundred columns": lambda: with_parts({SHEET: repeating(3_000, *SAME * 6)}),
    "every text of 12,000 people again among the shared ones": lambda: with_parts({TEXTS: TEXTS_AGAIN}),
    "the same long note in 5,000 rows": lambda: with_parts({SHEET: repeating(5_000, "by and by " * 200)}),
    "5,000 equal notes among the shared texts": lambda: with_parts(
        {TEXTS: raw.shared(*[f"<t>{'by and by ' * 200}</t>"] * 5_000)}
    ),
    "the same long note beside 5,000 cells": lambda: with_parts(
        {"xl/comments1.xml": NOTES, "xl/worksheets/_rels/sheet1.xml.rels": NOTED}
    ),
    "a logo that is a bitmap": lambda: with_parts({"xl/media/image1.bmp": bytes(6 * MIB)}),
    "a logo that is an EMF": lambda: with_parts({"xl/media/image1.emf": b"\x01\0\0\0" * MIB}),
    "an embedded document": lambda: with_parts({"xl/embeddings/oleObject1.bin": bytes(3 * MIB)}),
    "a printer's settings": lambda: with_parts({"xl/printerSettings/printerSettings1.bin": bytes(2 * MIB)}),
    "16,000 equal formats": lambda: with_parts(
        {"xl/styles.xml": raw.STYLES.replace("</cellXfs>", FORMATS + "</cellXfs>")}
    ),
    "600 check boxes": lambda: with_parts(
        {f"xl/ctrlProps/ctrlProp{n}.xml": f'<formControlPr objectType="CheckBox" n="{n}"/>' for n in range(1_201)}
    ),
    "520 photos": lambda: with_parts({f"xl/media/image{n}.png": f"photo {n}" for n in range(520)}),
    "an unused part twice": lambda: doubled(with_parts({"docProps/app.xml": "<a/>"}), "docProps/app.xml"),
    "a document type where nobody reads": lambda: with_parts({"customXml/item1.xml": "<!DOCTYPE a><a/>"}),
    "an unused part with a wrong checksum": lambda: spoiled(with_parts({"xl/media/i.png": b"photo"}), "xl/media/i.png"),
    "an unused part that is no XML": lambda: with_parts({"customXml/item1.xml": "<a"}),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_file_is_read_and_comes_back_whole(tmp_path: Path, name: str) -> None:
    path, data = tmp_path / "book.xlsx", HONEST[name]()
    path.write_bytes(data)
    assert sniff(str(path)) == b"", "it is let in"

    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading), found
    assert found.rows[0].cells[1:3] == ["Ada", "Moss"]

    answer = annotate_in_child(str(path), found.target, [Annotation(2, 0, "This is wrong.")])
    assert answer[:1] == b"+", answer[:100]
    copy = zipfile.ZipFile(io.BytesIO(answer[1:]))
    before = zipfile.ZipFile(io.BytesIO(data))
    changed = {
        SHEET,
        "xl/workbook.xml",
        "xl/styles.xml",
        "[Content_Types].xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
        "xl/comments1.xml",
    }
    kept = [(each.filename, each.CRC, each.file_size) for each in before.infolist() if each.filename not in changed]
    assert [each for each in kept if each not in [(e.filename, e.CRC, e.file_size) for e in copy.infolist()]] == []
    assert openpyxl.load_workbook(beginning(copy)).worksheets[0]["A2"].comment is not None


def test_what_reading_let_through_is_annotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules[annotate_in_child.__module__]
    monkeypatch.setattr(module, "_LIMITS", replace(module._LIMITS, marks=1_000))
    path, blank = tmp_path / "book.xlsx", "<row>" + '<c s="2"/>' * 9 + "</row>"
    path.write_bytes(with_parts({SHEET: raw.sheet(raw.rows(HEAD, ("a@c.example", "Ada", "Moss")) + blank * 2_000)}))
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading)
    assert annotate_in_child(str(path), found.target, [Annotation(2, 0, "This is wrong.")])[:1] == b"+"


@pytest.mark.parametrize("name", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
def test_what_is_read_has_to_be_well(tmp_path: Path, name: str) -> None:
    path = tmp_path / "book.xlsx"
    for harm in (doubled, spoiled):
        path.write_bytes(harm(with_parts({}), name))
        if name == "[Content_Types].xml":  # only sniffing reads it, and leaves damage to reading
            assert sniff(str(path)) == b""
        else:
            assert b"corrupt" in read_in_child(str(path), HEADERS, ReadingLimits())
