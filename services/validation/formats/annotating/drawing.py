"""The boxes of the notes: a legacy VML drawing, without which Excel shows no note (ECMA-376 part 4, 19.4)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from services.validation.formats.annotating.notes import Cell, reference
from shared.workbooks.markup import opened

_NAMES = {
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "x": "urn:schemas-microsoft-com:office:excel",
}
_DECLARED = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["'](urn:schemas-microsoft-com:[a-z:]+)["']""")
_ROOT = re.compile(rb"<(?![?!])[^>]*>")
_FIRST_TAG = re.compile(r"^<[^\s>]+")
_SHAPE_ID = re.compile(rb"_x0000_s(\d{1,9})\b")
_BLOCK = 1024  # a drawing's shapes are numbered in blocks, which its idmap lists

_SHAPE_TYPE = (
    '<{v}:shapetype id="_x0000_t202" coordsize="21600,21600" {o}:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<{v}:stroke joinstyle="miter"/><{v}:path gradientshapeok="t" {o}:connecttype="rect"/></{v}:shapetype>'
)
_SHAPE = (
    '<{v}:shape id="_x0000_s{id}" type="#_x0000_t202" style="position:absolute;margin-left:60pt;margin-top:2pt;'
    'width:240pt;height:60pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" {o}:insetmode="auto">'
    '<{v}:fill color2="#ffffe1"/><{v}:shadow on="t" color="black" obscured="t"/><{v}:path {o}:connecttype="none"/>'
    '<{v}:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></{v}:textbox>'
    '<{x}:ClientData ObjectType="Note"><{x}:MoveWithCells/><{x}:SizeWithCells/>'
    "<{x}:Anchor>{right}, 15, {row}, 2, {far}, 15, {low}, 4</{x}:Anchor><{x}:AutoFill>False</{x}:AutoFill>"
    "<{x}:Row>{row}</{x}:Row><{x}:Column>{column}</{x}:Column></{x}:ClientData></{v}:shape>"
)


def new_drawing(notes: int) -> bytes:
    """A drawing with room for so many boxes."""
    blocks = ",".join(str(1 + block) for block in range((notes + _BLOCK) // _BLOCK))
    return (
        "<xml {}><o:shapelayout v:ext='edit'><o:idmap v:ext='edit' data='{}'/></o:shapelayout></xml>".format(
            " ".join(f"xmlns:{short}='{name}'" for short, name in _NAMES.items()), blocks
        )
        .replace("'", '"')
        .encode()
    )


def draw(data: bytes, notes: Iterable[Cell], gone: frozenset[bytes]) -> bytes:
    """The drawing without the boxes of the cells that are gone, and with one for every note that has none."""
    data = opened(data)
    names, declared = _prefixes(data)
    data = _without(data, gone, names) if gone else data
    drawn = set(_drawn(data, names))
    new = [cell for cell in notes if reference(cell) not in drawn]
    first = max((int(number) for number in _SHAPE_ID.findall(data)), default=_BLOCK) + 1
    boxes = [_box(first + n, row - 1, column, names) for n, (row, column) in enumerate(new)]
    if boxes and b"_x0000_t202" not in data:
        boxes.insert(0, _SHAPE_TYPE.format_map(names))
    if declared:
        boxes = [_FIRST_TAG.sub(rf"\g<0> {declared}", box, count=1) for box in boxes]
    end = data.rfind(b"</")
    return data[:end] + "".join(boxes).encode() + data[end:]


def _prefixes(data: bytes) -> tuple[dict[str, str], str]:
    """How this drawing calls the three namespaces, every program having its own way; and what a box has to declare
    itself, where the drawing's root says nothing of one."""
    root = _ROOT.search(data)
    known = {name: prefix for prefix, name in _DECLARED.findall(root[0].decode("latin-1") if root else "")}
    missing = {short: name for short, name in _NAMES.items() if name not in known}
    declared = " ".join(f'xmlns:{short}="{name}"' for short, name in missing.items())
    return {short: known.get(name, short) for short, name in _NAMES.items()}, declared


def _box(number: int, row: int, column: int, names: Mapping[str, str]) -> str:
    return _SHAPE.format(id=number, row=row, column=column, right=column + 1, far=column + 5, low=row + 4, **names)


def _drawn(data: bytes, names: Mapping[str, str]) -> Iterator[bytes]:
    """The cells that have a box."""
    return (cell for shape in _shapes(names).finditer(data) if (cell := _of(shape[0], names)))


def _without(data: bytes, gone: frozenset[bytes], names: Mapping[str, str]) -> bytes:
    return _shapes(names).sub(lambda found: b"" if _of(found[0], names) in gone else found[0], data)


def _shapes(names: Mapping[str, str]) -> re.Pattern[bytes]:
    v = names["v"].encode()
    return re.compile(rb"<%b:shape\b(?:(?!</%b:shape>).)*</%b:shape\s*>" % (v, v, v), re.DOTALL)


def _of(shape: bytes, names: Mapping[str, str]) -> bytes | None:
    """The cell whose note a shape is the box of."""
    place = re.compile(rb"<%b:(Row|Column)>\s*(\d{1,9})\s*<" % names["x"].encode())
    at = {name: int(number) for name, number in place.findall(shape)}
    return reference((at[b"Row"] + 1, at[b"Column"])) if len(at) == 2 else None
