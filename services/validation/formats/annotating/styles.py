"""Highlighting: a cell keeps its style, in a copy that has our fill instead of its own."""

from collections.abc import Mapping

from shared.workbooks.markup import Element, Patch, attributes, elements, elsewhere, number, opened, with_attributes

COLOR = "FFFFCDD2"
"""A light red that Office's palettes don't have, so that an earlier copy's highlights are known for ours."""

NEW_STYLES = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<styleSheet xmlns="%b"></styleSheet>'
"""For the rare workbook that has no styles; takes the namespace."""

_FIRST: Mapping[bytes, tuple[str, ...]] = {
    b"fonts": ('<{p}font><{p}sz val="11"/><{p}name val="Calibri"/></{p}font>',),
    b"fills": (
        '<{p}fill><{p}patternFill patternType="none"/></{p}fill>',
        '<{p}fill><{p}patternFill patternType="gray125"/></{p}fill>',
    ),
    b"borders": ("<{p}border><{p}left/><{p}right/><{p}top/><{p}bottom/><{p}diagonal/></{p}border>",),
    b"cellStyleXfs": ('<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',),
    b"cellXfs": ('<{p}xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>',),
}
"""What each list begins with where a workbook leaves it out. Spreadsheet programs draw the first two fills as these,
whatever stands there, so ours can only be a later one."""

_ORDER = (
    b"numFmts", b"fonts", b"fills", b"borders", b"cellStyleXfs", b"cellXfs", b"cellStyles", b"dxfs", b"tableStyles",
    b"colors", b"extLst",
)  # fmt: skip
_ENTRIES = {b"fonts": b"font", b"fills": b"fill", b"borders": b"border", b"cellStyleXfs": b"xf", b"cellXfs": b"xf"}
_OUR_FILL = (
    f'<{{p}}fill><{{p}}patternFill patternType="solid"><{{p}}fgColor rgb="{COLOR}"/><{{p}}bgColor indexed="64"/>'
    "</{p}patternFill></{p}fill>"
)


class Styles:
    """The styles part, growing by what is asked of it."""

    def __init__(self, data: bytes) -> None:
        self._patch = Patch(opened(data))
        self._lists = dict[bytes, Element]()
        self._entries: dict[bytes, list[Element]] = {name: [] for name in _ENTRIES}
        self._behind = list[Element]()  # what stands directly in the root
        self._read()
        self._fill_count = max(len(self._entries[b"fills"]), len(_FIRST[b"fills"]))
        self._formats = self._entries[b"cellXfs"]
        self._count = max(len(self._formats), 1)
        ours = sorted(self._colored)
        self._our_fill = ours[0] if ours else self._fill_count
        self._new_fill = not ours
        self._added = list[bytes]()
        self._highlighted, self._plain = dict[int, int](), dict[int, int]()
        self._text: int | None = None

    def _read(self) -> None:
        pending = dict[bytes, list[Element]]()
        colors = list[int]()
        for each in elements(self._patch.data):
            name = each.main
            if each.depth == 2 and name:
                pending.setdefault(name, []).append(each)
            elif each.depth == 1:
                self._behind.append(each)
                if name in _ENTRIES and name not in self._lists:
                    self._lists[name] = each
                    inside = pending.get(_ENTRIES[name], [])
                    self._entries[name] = [entry for entry in inside if entry.start > each.start]
                pending.clear()
            elif each.depth == 0:
                self._root = each
            elif name == b"fgColor" and each.attributes.get(b"rgb", b"").upper() == COLOR.encode():
                colors.append(each.start)
        fills = self._entries[b"fills"]
        self._colored = {n for n, fill in enumerate(fills) if any(fill.start < at < fill.end for at in colors)}

    def ours(self) -> frozenset[int]:
        """The cell styles that an earlier annotated copy left behind."""
        if self._new_fill:
            return frozenset()
        fills = [number(xf.attributes.get(b"fillId")) for xf in self._formats]
        return frozenset(n for n, fill in enumerate(fills) if fill == self._our_fill)

    def few(self, most: int) -> bool:
        """Whether there are no more formats than this."""
        return self._count <= most

    def reach(self, style: int) -> None:
        """Cells have styles up to this one, which may be more than there are: those must not become ours."""
        while self._count <= style:
            self._add(self._raw(0))

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
        if self._added or self._new_fill:
            self._append(b"fonts", [])
            self._append(b"fills", [_OUR_FILL] if self._new_fill and self._highlighted else [])
            self._append(b"borders", [])
            self._append(b"cellStyleXfs", [])
            self._append(b"cellXfs", [xf.decode() for xf in self._added], braces=False)
        return bytes(self._patch)

    def _append(self, name: bytes, more: list[str], braces: bool = True) -> None:
        """Ends a list with `more`, and begins it with what it should have had."""
        there = len(self._entries[name])
        first = _FIRST[name][there:]
        if not first and not more:
            return
        known = self._lists.get(name)
        prefix = (known or self._root).prefix.decode()
        new = "".join(each.replace("{p}", prefix) for each in first)
        new += "".join(each.replace("{p}", prefix) if braces else each for each in more)
        count = there + len(first) + len(more)
        if known:
            self._patch.append(known, new.encode(), count=count)
            return
        tag = prefix + name.decode()
        self._insert(name, f'<{tag} count="{count}">{new}</{tag}>'.encode())

    def _insert(self, name: bytes, new: bytes) -> None:
        """A list that was not there, in its place among the others."""
        later = _ORDER[_ORDER.index(name) + 1 :]
        at = next((each.start for each in self._behind if each.main in later), None)
        if at is None:
            self._patch.append(self._root, new)
        else:
            self._patch.insert(at, new)

    def _changed(self, known: dict[int, int], style: int, fill: int) -> int:
        style = style if style < self._count else 0
        if style not in known:
            raw = self._raw(style)
            end = raw.index(b">") + 1  # an xf's attributes are numbers and flags
            tag = with_attributes(raw[:end], {"fillId": fill, "applyFill": "1"})
            same = number(attributes(raw[:end]).get(b"fillId")) == fill
            known[style] = style if same else self._add(tag + raw[end:])
        return known[style]

    def _raw(self, style: int) -> bytes:
        if style < len(self._formats):
            around = self._lists[b"cellXfs"]
            return elsewhere(self._patch.data, self._formats[style], around.scope)
        added = style - max(len(self._formats), 1)
        if added >= 0:
            return self._added[added]
        prefix = (self._lists.get(b"cellXfs") or self._root).prefix.decode()
        return _FIRST[b"cellXfs"][0].replace("{p}", prefix).encode()

    def _add(self, xf: bytes) -> int:
        self._added.append(xf)
        self._count += 1
        return self._count - 1
