"""Highlighting: a cell keeps its style, in a copy that has our fill instead of its own."""

from services.validation.annotate.markup import Element, Patch, elements, prefix_of, qualified, with_attributes
from services.validation.annotate.model import CannotAnnotate

COLOR = "FFFFCDD2"
"""A light red that Office's palettes don't have, so that an earlier copy's highlights are known for ours."""

NEW_STYLES = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%b">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
)
"""For the rare workbook that has no styles; takes the namespace."""


class Styles:
    """The styles part, growing by what is asked of it."""

    def __init__(self, data: bytes) -> None:
        self._patch = Patch(data)
        self._fills = self._cell_formats = None
        self._formats = list[Element]()
        self._fill_count, ours = 0, list[int]()
        pending, fills, colors = list[Element](), list[Element](), list[int]()
        for each in elements(data):
            match each.name, each.depth:
                case b"xf", 2:
                    pending.append(each)
                case b"cellXfs", 1:
                    self._cell_formats, self._formats = each, [xf for xf in pending if xf.start > each.start]
                case b"fill", 2:
                    fills.append(each)
                case b"fgColor", _ if each.attributes.get(b"rgb", b"").upper() == COLOR.encode():
                    colors.append(each.start)
                case b"fills", 1:
                    self._fills, self._fill_count = each, sum(fill.start > each.start for fill in fills)
                    ours = [n for n, fill in enumerate(fills) if any(fill.start < at < fill.end for at in colors)]
                case _:
                    pass
        if self._cell_formats is None or not self._formats or self._fills is None or self._fill_count < 1:
            raise CannotAnnotate("its cell styles are not where they should be")
        self._our_fill = ours[0] if ours else self._fill_count
        self._new_fill = not ours
        self._added = list[bytes]()
        self._highlighted, self._plain = dict[int, int](), dict[int, int]()
        self._text: int | None = None

    def ours(self) -> frozenset[int]:
        """The cell styles that an earlier annotated copy left behind."""
        return frozenset(n for n, xf in enumerate(self._formats) if _fill(xf) == self._our_fill and not self._new_fill)

    def highlighted(self, style: int) -> int:
        """The style with our fill."""
        return self._changed(self._highlighted, style, self._our_fill)

    def plain(self, style: int) -> int:
        """One of `ours` without its fill: what the cell was filled with before is not known any more."""
        return self._changed(self._plain, style, 0)

    def text(self) -> int:
        """The default style, with what keeps an edited text from turning into a formula."""
        if self._text is None:
            self._text = self._add(with_attributes(self._raw(0), {"quotePrefix": "1"}))
        return self._text

    def __bytes__(self) -> bytes:
        assert self._cell_formats is not None
        assert self._fills is not None
        if self._added:
            self._patch.append(self._cell_formats, b"".join(self._added))
            self._patch.set_tag(self._cell_formats, count=len(self._formats) + len(self._added))
        if self._new_fill and self._highlighted:
            p = prefix_of(qualified(self._fills.tag)).decode()
            fill = (
                f'<{p}fill><{p}patternFill patternType="solid"><{p}fgColor rgb="{COLOR}"/><{p}bgColor indexed="64"/>'
                f"</{p}patternFill></{p}fill>"
            )
            self._patch.append(self._fills, fill.encode())
            self._patch.set_tag(self._fills, count=self._fill_count + 1)
        return bytes(self._patch)

    def _changed(self, known: dict[int, int], style: int, fill: int) -> int:
        style = style if style < len(self._formats) else 0
        if style not in known:
            raw = self._raw(style)
            end = raw.index(b">") + 1  # an xf's attributes are numbers and flags
            tag = with_attributes(raw[:end], {"fillId": fill, "applyFill": "1"})
            known[style] = style if _fill(self._formats[style]) == fill else self._add(tag + raw[end:])
        return known[style]

    def _raw(self, style: int) -> bytes:
        xf = self._formats[style]
        return self._patch.data[xf.start : xf.end]

    def _add(self, xf: bytes) -> int:
        self._added.append(xf)
        return len(self._formats) + len(self._added) - 1


def _fill(xf: Element) -> int:
    value = xf.attributes.get(b"fillId", b"0")
    return int(value) if value.isdigit() else 0
