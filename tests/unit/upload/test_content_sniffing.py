"""What must be said at once about a file, by its content."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import anyio
import openpyxl
import pytest

from services.upload.application.content_inspection import PRELOAD, inspect
from services.upload.formats.content_sniffing import sniff
from shared.people.messages import NotXlsx, encrypted, not_xlsx
from shared.sandbox.pool import Sandbox

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def xlsx() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def zipped(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def typed(content_type: str, **more: str) -> bytes:
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="{content_type}"/></Types>'
    return zipped(**{"[Content_Types].xml": types, **more})


def entry(name: str) -> bytes:
    return name.encode("utf-16-le").ljust(128, b"\0")


CASES = {
    "openpyxl": (xlsx(), b""),
    "a workbook by its type alone": (typed(MAIN), b""),
    "cut off": (xlsx()[:2000], b""),
    "a damaged list of parts": (xlsx()[:-22] + bytes(22), b""),
    "nothing": (b"", b"empty"),
    "csv": (b"Email,First Name\nann@b.example,Ann\n", b""),
    "csv with a mark": (b"\xef\xbb\xbfEmail;Vorname\r\nann@b.example;\xc3\x84nn", b""),
    "csv in UTF-16": ("Email\tVorname\nann@b.example\tÄnn\n".encode("utf-16"), b""),
    "csv in UTF-16 without a mark": ("Email\tVorname\nann@b.example\tÄnn\n".encode("utf-16-be"), b""),
    "csv in an encoding of Japanese": ("メール,氏名\nann@b.example,山田 太郎\n".encode("shift-jis"), b"csv"),
    "csv below a title": (b"Our people\n\nEmail;Vorname\nann@b.example;Ann\n", b""),
    "values below a line that says what parts them": (b"sep=|\r\nEmail|Title\r\nann@b.example|AE\r\n", b""),
    "values below such a line in quotes": (b'"sep=|"\r\nEmail|Title\r\nann@b.example|AE\r\n', b""),
    "a header in brackets": (b"[Email];[Name]\nann@b.example;Ann\n", b""),
    "a list of JSON": (b'[{"Email": "ann@b.example", "Name": "Ann"},\n{"Email": "a", "Name": "b"}]', b"other"),
    "a list of numbers": (b"[1, 2]", b"other"),
    "addresses below a title": (b"Our people\n\nE-mail\nann@b.example\nbo@b.example\n", b""),
    "an address below a letter": (b"Dear all\nplease write to\nann@b.example\n", b"other"),
    "csv with a byte of another encoding": ("Email;Vorname\na;Jos\u00e9\nb;Än".encode() + b"\xe9\nc;x\n", b""),
    "csv in UTF-16 with a sign that is half a zero": (
        "Email;Nazwisko\nann@b.example;\u0100boli\u0146\n".encode("utf-16-le"),
        b"",
    ),
    "addresses, one a line": (b"E-mail address\nann@b.example\nbo@b.example\n", b""),
    "a letter that begins with a comma": (b"Dear all,\nhere is the list\n", b"other"),
    "one column with a delimiter behind it": (b"Email;\nann@b.example;\n", b""),
    "a letter": (b"From: ann@b.example\nSubject: hello\n\nDear all\n", b"other"),
    "bytes with zeros": (b"a,b\n\x00\x01\x02\x00,c\n", b"other"),
    "blank lines": (b"\n \n\n", b"other"),
    "pdf": (b"%PDF-1.7", b"other"),
    "an empty zip": (b"PK\x05\x06" + bytes(18), b"other"),
    "a zip of something else": (zipped(a="b"), b"other"),
    "ods": (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), b"ods"),
    "xlsm": (typed("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), b"xlsm"),
    "xlsm that says it is xlsx": (typed(MAIN, xl__vbaProject__bin="x", **{"xl/vbaProject.bin": "x"}), b"xlsm"),
    "xlsb": (typed("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), b"xlsb"),
    "docx": (typed("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), b"other"),
    "xls": (OLE + entry("Root Entry") + entry("Workbook"), b"xls"),
    "encrypted": (OLE + entry("Root Entry") + entry("EncryptedPackage"), b"password"),
    "encrypted by a label": (
        OLE + entry("Root Entry") + entry("DRMEncryptedDataSpace") + entry("EncryptedPackage"),
        b"label",
    ),
    "an xls of 1995": (OLE + entry("Root Entry") + entry("Book"), b"xls"),
    "a doc": (OLE + entry("Root Entry") + entry("WordDocument"), b"other"),
    "Excel's lock file": (
        b"\x05Maria" + b" " * 49 + b"\x05\0" + "Maria".encode("utf-16-le") + b" \0" * 49,
        b"lock",
    ),
    "values with semicolons": ("Email;Vorname\nann@b.example;Änn\n".encode("cp1252"), b""),
    "values with tabs, in one line": (b"Email\tFirst Name", b""),
    "values below a header that begins as a zip does": (b"PK;Email\n1;ann@b.example\n", b""),
    "words": (b"Dear all\nhere is the list", b"other"),
    "a page": (b"<html><table><tr><td>a, b</table>", b"other"),
    "a Numbers document": (zipped(**{"Index/Document.iwa": "x"}), b"numbers"),
    "an xls that speaks of it": (OLE + b"x" * 3 + entry("EncryptedPackage"), b"other"),
    "many parts": (typed(MAIN, **{f"a{n}": "" for n in range(1_200)}), b""),
    "many parts of something else": (zipped(**{f"a{n}": "" for n in range(1_200)}), b"other"),
    "content types that are no XML": (zipped(**{"[Content_Types].xml": "<Types"}), b""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    data, objection = CASES[name]
    path = tmp_path / "people.xlsx"
    path.write_bytes(data)
    assert sniff(str(path)) == objection


def test_a_zip_with_a_password_is_encrypted(tmp_path: Path) -> None:
    data = bytearray(typed(MAIN))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "people.xlsx"
    path.write_bytes(bytes(data))
    assert sniff(str(path)) == b"password"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(PRELOAD)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("data", "name", "objection"),
    [
        (b"anything", "~$people.xlsx", "lock"),
        (b"", "~$people.xlsx", "lock"),
        (b",maria,desk,30.11.2026;", ".~lock.people.xlsx#", "lock"),
        (b"", "people.xlsx", "empty"),
        (xlsx(), "~$people.xlsx", None),
        (OLE + entry("EncryptedPackage"), "~$people.xlsx", "password"),
    ],
)
def test_a_name_only_tells_one_thing_that_is_no_workbook_from_another(
    sandbox: Sandbox, tmp_path: Path, data: bytes, name: str, objection: str | None
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(data)
    assert anyio.run(inspect, sandbox, path, name) == objection


@pytest.mark.parametrize("kind", get_args(NotXlsx))
def test_each_kind_of_file_is_told_what_it_is_and_what_to_do(kind: NotXlsx) -> None:
    said = not_xlsx(kind)
    assert said[-1] == "." and ("upload that" in said or "upload it" in said or "upload the file" in said)


def test_the_two_ways_of_encrypting_are_told_apart() -> None:
    assert (
        "password" in encrypted() and "label" in encrypted(by_label=True) and "password" not in encrypted(by_label=True)
    )
