"""XML as bytes that are patched where they stand: what is not touched stays as it is, to the byte.

The tokens are exact (quoted `>`, comments, CDATA and instructions are told apart) and names are resolved by namespace,
so it does not matter which program wrote the part. Only what has been read by a real parser before comes here.
"""

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from xml.sax.saxutils import escape

from shared.workbooks.errors import CannotPatch

Scope = Mapping[bytes, bytes]
"""Namespaces by prefix."""

MAIN = frozenset(
    (
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
)
"""The namespaces of sheets, styles and notes: of the transitional kind, and of the strict one."""

COMPATIBILITY = b"http://schemas.openxmlformats.org/markup-compatibility/2006"

_PIECE = 65536  # what is worth a step of its own on the way into the zip
_SHORT = 64  # what is replaced by less than this is so often

_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<close>/?)(?P<name>[^\s/>!?]+)(?P<rest>" + _ATTRIBUTES + rb")>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"""([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DECLARATION = re.compile(rb"""\sxmlns(?::([^\s=]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_XML = re.compile(r"""<\?xml\s[^>]*?\?>\s*""")
_ENCODING = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(slots=True)
class Element:
    """Where an element stands: from `start`, its content from `inside` to `outside`, up to `end`."""

    name: bytes  # without its prefix
    namespace: bytes
    start: int
    inside: int
    outside: int
    end: int
    attributes: Mapping[bytes, bytes]
    depth: int
    tag: bytes  # the start tag as it is
    scope: Scope  # what prefixes mean within

    @property
    def empty(self) -> bool:
        return self.inside == self.end

    @property
    def prefix(self) -> bytes:
        """With its colon. What is put into this element is named alike."""
        return prefix_of(qualified(self.tag))

    @property
    def main(self) -> bytes:
        """The name of an element of sheets, styles or notes; nothing of what belongs to extensions."""
        return self.name if self.namespace in MAIN else b""


class Patch:
    """A part, in UTF-8, and what is to become of it."""

    def __init__(self, data: bytes) -> None:
        self.data = utf8(data)
        self._edits = list[tuple[int, int, bytes]]()
        # Of rows there are up to a million, so these have no objects of their own.
        self._starts, self._ends, self._news = array("q"), array("q"), list[bytes]()
        self._known = dict[bytes, bytes]()

    def replace(self, start: int, end: int, new: bytes) -> None:
        self._edits.append((start, end, new))

    def insert(self, at: int, new: bytes) -> None:
        """Before what stands there; several at one place keep their order."""
        self._edits.append((at, at, new))

    def go_on(self, edits: list[tuple[int, int, bytes]]) -> None:
        """Replaces, as `replace` does, what stands behind all that was handed over here before."""
        for start, end, new in sorted(edits, key=_position):
            self._starts.append(start)
            self._ends.append(end)
            self._news.append(self._known.setdefault(new, new) if len(new) < _SHORT else new)

    def set_tag(self, element: Element, **values: int | str | None) -> None:
        self.replace(element.start, element.start + len(element.tag), with_attributes(element.tag, values))

    def append(self, element: Element, new: bytes, **values: int | str | None) -> None:
        """At the end of an element's content, which it may not have had; and its attributes, where some change."""
        tag = with_attributes(element.tag, values)
        if element.empty:
            opened = tag[: tag.rindex(b"/")] + b">"
            self.replace(element.start, element.end, opened + new + b"</" + qualified(element.tag) + b">")
            return
        if values:
            self.replace(element.start, element.inside, tag)
        self.insert(element.outside, new)

    def chunks(self) -> Iterator[bytes]:
        # Slices of a memoryview are handed on as bytes are, uncopied: they may be hundreds of MB, and who takes them
        # writes and measures them only. So the two ignored errors are about their class alone.
        at, view, small, size = 0, memoryview(self.data), list[bytes](), 0
        streamed = zip(self._starts, self._ends, self._news, strict=True)
        for start, end, new in merge(sorted(self._edits, key=_position), streamed, key=_position):
            if start < at:
                raise CannotPatch("its parts overlap")
            if start - at < _PIECE:
                small += (self.data[at:start], new)
                size += start - at + len(new)
            else:
                yield b"".join(small)
                yield view[at:start]  # type: ignore[misc]  # a view is bytes to whoever writes it
                small, size = [new], len(new)
            if size >= _PIECE:
                yield b"".join(small)
                small, size = [], 0
            at = end
        yield b"".join(small)
        yield view[at:]  # type: ignore[misc]  # a view, as above

    def __bytes__(self) -> bytes:
        return b"".join(self.chunks())


def _position(edit: tuple[int, int, bytes]) -> tuple[int, int]:
    return edit[:2]


def utf8(data: bytes) -> bytes:
    """The part in UTF-8: as it is, or translated from what its first bytes or its declaration say."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<"):
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if data[1] == 0 else "utf-16-be"
    else:
        found = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
        encoding = found[1].decode("ascii").lower() if found else "utf-8"
        if encoding in ("utf-8", "utf8"):
            return data
    try:
        words = data.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        raise CannotPatch("one of its parts is written in an encoding that is not known") from None
    return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + _XML.sub("", words, count=1).encode()


def opened(data: bytes) -> bytes:
    """The part with a root that has an end tag, so that something can be put into it."""
    data = utf8(data)
    root = next((tag for tag in _TAG.finditer(data) if tag["name"]), None)
    if root is None or not root["rest"].endswith(b"/"):
        return data
    return data[: root.end() - 2].rstrip() + b"></" + root["name"] + b">" + data[root.end() :]


class _Open:
    """An element that has begun."""

    __slots__ = ("namespace", "scope", "tag", "wraps")

    def __init__(self, tag: re.Match[bytes], namespace: bytes, scope: Scope) -> None:
        self.tag, self.namespace, self.scope = tag, namespace, scope
        self.wraps = namespace == COMPATIBILITY

    def ended(self, depth: int, outside: int, end: int) -> Element | None:
        """What has now ended; None for the alternatives themselves."""
        tag = self.tag
        name = tag["name"].rpartition(b":")[2]
        if self.wraps and name != b"AlternateContent":
            return None
        found = attributes(tag["rest"])
        return Element(name, self.namespace, tag.start(), tag.end(), outside, end, found, depth, tag[0], self.scope)


def elements(data: bytes, start: int = 0, end: int | None = None, scope: Scope | None = None) -> Iterator[Element]:
    """Every element between two places, each when it ends; children come before their parents.

    Seen as a reader sees them that follows markup compatibility (ECMA-376 part 3): of alternatives there is one, and
    what wraps it (`AlternateContent`, which comes as an element too) makes nothing deeper. `scope` is what prefixes
    mean at `start`.
    """
    opened, depth, skipped = list[_Open](), 0, -1  # the number of elements around a branch that does not count
    for token in _TAG.finditer(data, start, len(data) if end is None else end):
        if token["name"] is None:
            continue
        if token["close"]:
            if not opened:
                return
            one = opened.pop()
            depth -= skipped < 0 and not one.wraps
            if skipped < 0 and (element := one.ended(depth, token.start(), token.end())) is not None:
                yield element
            skipped = -1 if len(opened) == skipped else skipped
            continue
        around = opened[-1] if opened else None
        one = _begun(token, around.scope if around else scope or {})
        counts = skipped < 0 and _counts(one, around)
        if token["rest"].endswith(b"/"):
            if counts and (element := one.ended(depth, token.end(), token.end())) is not None:
                yield element
            continue
        if skipped < 0 and not counts:
            skipped = len(opened)
        opened.append(one)
        depth += skipped < 0 and not one.wraps


def opening(data: bytes, name: bytes) -> tuple[Element, Element] | None:
    """The root and the first element of that name among those of a sheet, looking no further: where they end is not
    known, unless they are empty."""
    opened = list[_Open]()
    for token in _TAG.finditer(data):
        if token["name"] is None:
            continue
        if token["close"]:
            opened = opened[:-1]
            continue
        one = _begun(token, opened[-1].scope if opened else {})
        end = token.end() if token["rest"].endswith(b"/") else -1
        found = one.ended(len(opened), end, end)
        if found and found.main == name and opened and (root := opened[0].ended(0, -1, -1)):
            return root, found
        if end < 0:
            opened.append(one)
    return None


def _begun(token: re.Match[bytes], scope: Scope) -> _Open:
    if b"xmlns" in token["rest"]:
        scope = {**scope, **_declared(token["rest"])}
    return _Open(token, scope.get(token["name"].rpartition(b":")[0], b""), scope)


def _declared(tag: bytes) -> dict[bytes, bytes]:
    return {prefix: one or other for prefix, one, other in _DECLARATION.findall(tag)}


def _counts(one: _Open, around: _Open | None) -> bool:
    """Whether it is read: of alternatives the fallback; the others are for readers that know an extension."""
    return not (one.wraps and around and one.tag["name"].rpartition(b":")[2] == b"Choice")


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """Raw values, entities and all, by the names as they are written."""
    return {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}


def number(value: bytes | None) -> int:
    """What an attribute says in digits; 0 where it says nothing, or nothing that makes sense."""
    digits = (value or b"").strip().removeprefix(b"+")
    return int(digits) if digits.isdigit() and len(digits) <= 9 else 0


def with_attributes(tag: bytes, values: Mapping[str, int | str | None]) -> bytes:
    """The start tag with these attributes set, or taken off where the value is None; numbers and plain words only."""
    for name, value in values.items():
        pattern = re.compile(rb"""\s""" + re.escape(name.encode()) + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
        tag = pattern.sub(b"", tag, count=1)
        if value is not None:
            at = len(qualified(tag)) + 1
            tag = tag[:at] + f' {name}="{value}"'.encode() + tag[at:]
    return tag


def elsewhere(data: bytes, element: Element, scope: Scope) -> bytes:
    """An element as it is, to be put where prefixes mean `scope`: what it needs and that lacks is declared with it."""
    own = _declared(element.tag)
    needed = {p: name for p, name in element.scope.items() if scope.get(p) != name and p not in own}
    declared = b"".join(b' %b="%b"' % (b"xmlns:" + p if p else b"xmlns", name) for p, name in needed.items())
    at = element.start + 1 + len(qualified(element.tag))
    return data[element.start : at] + declared + data[at : element.end]


def bound(scope: Scope, namespaces: Iterable[bytes]) -> list[bytes]:
    """The prefixes, with their colons, under which elements of these namespaces can stand."""
    wanted = frozenset(namespaces)
    return [prefix + b":" if prefix else b"" for prefix, name in scope.items() if name in wanted]


def qualified(tag: bytes) -> bytes:
    """The name as it is written, prefix included."""
    found = _TAG.match(tag)
    assert found is not None
    return found["name"]


def prefix_of(name: bytes) -> bytes:
    """`x:row` → `x:`, `row` → nothing."""
    return name[: name.rfind(b":") + 1]


def text(words: str) -> bytes:
    """Any text as character data of a cell or note, where `_x0041_` would be read as an escape. What no XML can hold
    goes."""
    return exact_text(_NOT_XML.sub("", words))


def exact_text(words: str) -> bytes:
    """The same, with what no XML can hold as the escape that a cell has for it (ECMA-376 part 1, 22.9.2.19)."""
    escaped = _LOOKS_ESCAPED.sub("_x005F_", words)
    return escape(_NOT_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", escaped)).encode()
