"""Workbooks that were made to harm, and damage done to good ones."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Mapping

from hypothesis import strategies as st

from tests.unit.validation import raw_workbooks as raw

MIB = 1024 * 1024
GOOD_ROWS = raw.rows(("Email", "First Name", "Last Name"), ("ada@c.example", "Ada", "Moss"))
GOOD = raw.workbook(raw.sheet(GOOD_ROWS), raw.shared("<t>x</t>"))
SHEET, TEXTS, LINKS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Verdict = tuple[int, str]
"""The answer's status and what is found: a problem's code, or the batch's file error, or "" for none."""


def with_parts(parts: Mapping[str, str | bytes]) -> bytes:
    """A good workbook with these parts in place of its own, or beside them."""
    return raw.zipped({**raw.parts(raw.sheet(GOOD_ROWS)), **parts})


def linked(target: str, mode: str = "Internal") -> bytes:
    """A workbook whose sheet is said to be somewhere else."""
    sheet = f'<Relationship Id="s1" Type="{raw.LINKS}/worksheet" Target="{target}" TargetMode="{mode}"/>'
    return with_parts({LINKS: f'<Relationships xmlns="{raw.PACKAGE}/relationships">{sheet}</Relationships>'})


def lying(data: bytes, unpacked: int) -> bytes:
    """The zip with every header saying that its entry is so large unpacked."""
    out = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = out.find(mark)
        while at >= 0:
            out[at + place : at + place + 4] = struct.pack("<L", unpacked)
            at = out.find(mark, at + 4)
    return bytes(out)


def laughs(levels: int) -> str:
    """Entities that stand for two of the one before."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 2}">' for n in range(1, levels))
    return f'<!DOCTYPE w [<!ENTITY l0 "ha">{entities}]>' + raw.sheet(raw.rows(("Email",), (f"&l{levels - 1};",)))


def many_cells(rows: int, columns: int) -> str:
    """A sheet of the same short cell again and again, below a good header."""
    line = "<c><v>1</v></c>" * columns
    return raw.sheet(GOOD_ROWS + f"<row>{line}</row>" * rows)


def _noise(count: int) -> str:
    chance = random.Random(7)
    return raw.shared(*(f"<t>{chance.getrandbits(64):x}</t>" for _ in range(count)))


def _far() -> bytes:
    far = f'<row r="40">{raw.inline("XFD40", "x")}</row>'
    return with_parts({SHEET: raw.sheet(GOOD_ROWS + far)})


CORRUPT: Mapping[str, Callable[[], bytes]] = {
    "a text that no cell can hold": lambda: with_parts({TEXTS: raw.shared(f"<t>{'x' * (MIB + 1)}</t>")}),
    "headers that say one byte": lambda: lying(with_parts({TEXTS: _noise(10)}), 1),
    "a workbook in the workbook's sheet": lambda: with_parts({SHEET: GOOD * 20}),
    "a document type": lambda: with_parts({SHEET: "<!DOCTYPE worksheet>" + raw.sheet(GOOD_ROWS)}),
    "an external entity": lambda: with_parts(
        {TEXTS: '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///nowhere">]>' + raw.shared("<t>&x;</t>")}
    ),
    "an external document type": lambda: with_parts(
        {SHEET: '<!DOCTYPE w SYSTEM "http://127.0.0.1:1/w.dtd">' + raw.sheet(GOOD_ROWS)}
    ),
    "entities in entities": lambda: with_parts({SHEET: laughs(2)}),
    "a sheet on another machine": lambda: linked("http://127.0.0.1:1/sheet.xml", "External"),
    "a sheet up the folders": lambda: linked("../../../../../../nowhere.xml"),
    "elements in elements": lambda: with_parts({SHEET: raw.sheet("<a>" * 2_000)}),
    "a cell beyond the last column": lambda: with_parts({SHEET: raw.sheet(raw.inline("ZZZZ1", "Email"))}),
    "cut in half": lambda: GOOD[: len(GOOD) // 2],
    "only a beginning": lambda: b"PK\x03\x04",
    "noise in a zip's clothes": lambda: b"PK\x03\x04" + random.Random(5).randbytes(200_000) + GOOD[-22:],
}
"""What is taken in, and found out by reading."""

READ: Mapping[str, Callable[[], bytes]] = {
    "one cell again and again": lambda: with_parts({SHEET: many_cells(300, 1_000)}),
    "a cell in the last column": _far,
    "four thousand texts, it says": lambda: with_parts({TEXTS: raw.shared("<t>x</t>", count=4_000)}),
    "a picture that packs well": lambda: with_parts({"xl/media/image1.bmp": bytes(3 * MIB)}),
    "many parts": lambda: with_parts({f"xl/ctrlProps/ctrlProp{n}.xml": b"<a/>" for n in range(1_201)}),
    "names that climb": lambda: with_parts({"../../../../tmp/usher-was-here": b"x", "/etc/usher-was-here": b"x"}),
    "many texts": lambda: with_parts({TEXTS: _noise(30_000)}),
}
"""What harms only who believes it: the rows are read."""

REFUSED: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "macros": (lambda: with_parts({"xl/vbaProject.bin": OLE + bytes(512)}), "not_xlsx"),
    "old macros": (lambda: with_parts({"xl/macrosheets/sheet1.xml": raw.sheet("")}), "not_xlsx"),
    "an OLE file": (lambda: OLE + random.Random(3).randbytes(100_000), "not_xlsx"),
    "a password": (
        lambda: OLE + bytes(1016) + "EncryptedPackage".encode("utf-16-le").ljust(128, b"\0") + bytes(2048),
        "encrypted",
    ),
    "no zip": (lambda: b"Dear all,\nhere is the list.\n", "not_xlsx"),
    "nothing": (lambda: b"", "not_xlsx"),
    "an empty zip": (lambda: b"PK\x05\x06" + bytes(18), "not_xlsx"),
}
"""What is refused at once, and with which code."""


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The good workbook with bytes of one of its parts, or of the zip itself, changed, cut out or doubled."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from([*content, ""]))
    data = bytearray(content[name] if name else GOOD)
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 12))
        doubled = bytes(data[at : at + length]) * 2
        data[at : at + length] = draw(st.one_of(st.binary(max_size=8), st.sampled_from(_TOKENS), st.just(doubled)))
    return raw.zipped({**content, name: bytes(data)}) if name else bytes(data)


_TOKENS = [b"<row>", b"</row>", b'<c r="ZZZ9" t="s">', b"</c>", b"<v>99999999999</v>", b'r="-1"', b's="9999999"',
           b"<!--", b"]]>", b"&#0;", b"&x;", b"\xff\xfe"]  # fmt: skip


def huge(people: int, email: Callable[[int], str]) -> bytes:
    """A good workbook that takes long: so many people."""
    lines = "".join(
        f'<row r="{n}">'
        + raw.inline(f"A{n}", email(n))
        + raw.inline(f"B{n}", "Ada")
        + raw.inline(f"C{n}", "Moss")
        + "</row>"
        for n in range(2, people + 2)
    )
    head = raw.rows(("Email", "First Name", "Last Name"))
    return raw.workbook(raw.sheet(head + lines))
