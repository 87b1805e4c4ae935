"""The texts that cells of all sheets share (ECMA-376 part 1, 18.4): which of them say what, what is left of them."""

import re
from collections.abc import Collection, Sequence

from shared.people.mentions import keys_in, without
from shared.workbooks.erasing.texts import erased, plain, unescaped
from shared.workbooks.markup import Element, Patch, elements


def text_of(data: bytes, around: Element | None, parts: Sequence[Element]) -> str:
    """The text of a shared string or of a cell's own, all its runs together, without what says how it is read aloud."""
    return "".join(
        unescaped(plain(data[each.inside : each.outside].decode("utf-8", "replace")))
        for each in parts
        if each.main == b"t" and (around is None or around.start <= each.start < around.end)
    )


_Item = tuple[int, int, bytes]
"""From where to where it stands, and its prefix: of some hundred thousand, nothing more is kept."""
_BETWEEN_TAGS = re.compile(">([^<]*)<")


class SharedStrings:
    """The part with them, read once."""

    def __init__(self, data: bytes) -> None:
        self._patch = Patch(data)
        self.texts, self._items = list[str](), list[_Item]()
        runs, aloud = list[Element](), list[Element]()
        for each in elements(self._patch.data):
            if each.main == b"t":
                runs.append(each)
            elif each.main == b"rPh":
                aloud.append(each)
            elif each.main == b"si":
                seen = [run for run in runs if not any(ph.start <= run.start < ph.end for ph in aloud)]
                self.texts.append(text_of(self._patch.data, None, seen))
                self._items.append((each.start, each.end, each.prefix))
                runs, aloud = [], []

    def mentioning(self, keys: Collection[str]) -> frozenset[int]:
        """Those with one of these addresses, by number."""
        return frozenset(n for n, text in enumerate(self.texts) if "@" in text and not keys_in(text).isdisjoint(keys))

    def replace(self, number: int, text: str) -> None:
        """What a string is from now on, without formats of its own."""
        start, end, p = self._items[number]
        new = b"<%bsi><%bt/></%bsi>" % (p, p, p)
        if text:
            said = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()
            new = b'<%bsi><%bt xml:space="preserve">%b</%bt></%bsi>' % (p, p, said, p, p)
        self._patch.replace(start, end, new)

    def erase(self, mentioning: Collection[int], blank: Collection[int], keys: Collection[str], marker: str) -> bytes:
        """The part with the marker in place of these addresses, and nothing in place of `blank`. Formats stay unless
        an address runs over several of them."""
        for n in sorted({*mentioning, *blank}):
            if n in blank:
                self.replace(n, "")
                continue
            start, end, _ = self._items[n]
            as_it_is = self._patch.data[start:end]
            new = erased(as_it_is, keys, marker)
            if new != as_it_is and keys_in(_whole(new)).isdisjoint(keys):
                self._patch.replace(start, end, new)
            else:
                self.replace(n, without(self.texts[n], keys.__contains__, marker))
        return bytes(self._patch)


def _whole(item: bytes) -> str:
    return "".join(plain(run) for run in _BETWEEN_TAGS.findall(item.decode("utf-8", "replace")))
