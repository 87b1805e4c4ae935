"""What must be said at once about a file, by its content."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from services.upload.sniff import sniff_in_child

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
    "nothing": (b"", b"not_xlsx"),
    "csv": (b"Email,First Name\nann@b.example,Ann\n", b"not_xlsx"),
    "pdf": (b"%PDF-1.7", b"not_xlsx"),
    "an empty zip": (b"PK\x05\x06" + bytes(18), b"not_xlsx"),
    "a zip of something else": (zipped(a="b"), b"not_xlsx"),
    "ods": (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), b"not_xlsx"),
    "xlsm": (typed("application/vnd.ms-excel.sheet.macroEnabled.main+xml"), b"not_xlsx"),
    "xlsm that says it is xlsx": (typed(MAIN, xl__vbaProject__bin="x", **{"xl/vbaProject.bin": "x"}), b"not_xlsx"),
    "xlsb": (typed("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), b"not_xlsx"),
    "docx": (typed("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), b"not_xlsx"),
    "xls": (OLE + entry("Root Entry") + entry("Workbook"), b"not_xlsx"),
    "encrypted": (OLE + entry("Root Entry") + entry("EncryptedPackage"), b"encrypted"),
    "an xls that speaks of it": (OLE + b"x" * 3 + entry("EncryptedPackage"), b"not_xlsx"),
    "many parts": (typed(MAIN, **{f"a{n}": "" for n in range(1_200)}), b""),
    "many parts of something else": (zipped(**{f"a{n}": "" for n in range(1_200)}), b"not_xlsx"),
    "content types that are no XML": (zipped(**{"[Content_Types].xml": "<Types"}), b""),
}


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    data, objection = CASES[name]
    path = tmp_path / "people.xlsx"
    path.write_bytes(data)
    assert sniff_in_child(str(path)) == objection


def test_a_zip_with_a_password_is_encrypted(tmp_path: Path) -> None:
    data = bytearray(typed(MAIN))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "people.xlsx"
    path.write_bytes(bytes(data))
    assert sniff_in_child(str(path)) == b"encrypted"
