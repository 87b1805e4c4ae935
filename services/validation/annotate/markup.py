"""XML as bytes that are patched where they stand: what is not touched stays as it is, to the byte.

The tokens are exact (quoted `>`, comments, CDATA and instructions are told apart), so it does not matter which program
wrote the part. Only what has been read by a real parser before comes here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from services.validation.annotate.model import CannotAnnotate

_ATTRIBUTES = rb"""(?:[^<>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<close>/?)(?P<name>[^\s/>!?]+)(?P<rest>" + _ATTRIBUTES + rb")>",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rb"""([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*\sencoding\s*=\s*["'](?:utf-?8|us-ascii)["']""", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(slots=True)
class Element:
    """Where an element stands: from `start`, its content from `inside` to `outside`, up to `end`."""

    name: bytes  # without its prefix
    start: int
    inside: int
    outside: int
    end: int
    attributes: Mapping[bytes, bytes]
    depth: int
    tag: bytes  # the start tag as it is

    @property
    def empty(self) -> bool:
        return self.inside == self.end


class Patch:
    """A part and what is to become of it."""

    def __init__(self, data: bytes) -> None:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (b"encoding" in data[:100] and not _ENCODING.match(data)):
            raise CannotAnnotate("it is not written in UTF-8")
        self.data = data
        self._edits = list[tuple[int, int, bytes]]()

    def replace(self, start: int, end: int, new: bytes) -> None:
        self._edits.append((start, end, new))

    def insert(self, at: int, new: bytes) -> None:
        """Before what stands there; several at one place keep their order."""
        self._edits.append((at, at, new))

    def set_tag(self, element: Element, **values: int | str) -> None:
        self.replace(element.start, element.start + len(element.tag), with_attributes(element.tag, values))

    def append(self, element: Element, new: bytes) -> None:
        """At the end of an element's content, which it may not have had."""
        if not element.empty:
            self.insert(element.outside, new)
            return
        name = qualified(element.tag)
        opened = element.tag[: element.tag.rindex(b"/")] + b">"
        self.replace(element.start, element.end, opened + new + b"</" + name + b">")

    def chunks(self) -> Iterator[bytes]:
        # Slices of a memoryview are handed on as bytes are, uncopied: they may be hundreds of MB, and who takes them
        # writes and measures them only. So the two ignored errors are about their class alone.
        at, view = 0, memoryview(self.data)
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):
            if start < at:
                raise CannotAnnotate("its parts overlap")
            yield bytes(view[at:start]) if start - at < 65536 else view[at:start]  # type: ignore[misc]
            yield new
            at = end
        yield view[at:]  # type: ignore[misc]

    def __bytes__(self) -> bytes:
        return b"".join(self.chunks())


def elements(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Element]:
    """Every element between two places, each when it ends; children come before their parents."""
    opened = list[tuple[re.Match[bytes], int]]()
    for token in _TAG.finditer(data, start, len(data) if end is None else end):
        name = token["name"]
        if name is None:
            continue
        if token["close"]:
            if not opened:
                return
            tag, depth = opened.pop()
            yield _element(tag, depth, token.start(), token.end())
        elif token["rest"].endswith(b"/"):
            yield _element(token, len(opened), token.end(), token.end())
        else:
            opened.append((token, len(opened)))


def attributes(tag: bytes) -> dict[bytes, bytes]:
    """Raw values, entities and all, by the names as they are written."""
    return {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}


def with_attributes(tag: bytes, values: Mapping[str, int | str | None]) -> bytes:
    """The start tag with these attributes set, or taken off where the value is None; numbers and plain words only."""
    for name, value in values.items():
        pattern = re.compile(rb"""\s""" + name.encode() + rb"""\s*=\s*(?:"[^"]*"|'[^']*')""")
        tag = pattern.sub(b"", tag, count=1)
        if value is not None:
            at = len(qualified(tag)) + 1
            tag = tag[:at] + f' {name}="{value}"'.encode() + tag[at:]
    return tag


def qualified(tag: bytes) -> bytes:
    """The name as it is written, prefix included."""
    found = _TAG.match(tag)
    assert found is not None
    return found["name"]


def prefix_of(name: bytes) -> bytes:
    """`x:row` → `x:`, `row` → nothing."""
    return name[: name.rfind(b":") + 1]


def text(words: str) -> bytes:
    """Any text as character data of a cell or note, where `_x0041_` would be read as an escape."""
    return escape(_LOOKS_ESCAPED.sub("_x005F_", _NOT_XML.sub("", words))).encode()


def _element(tag: re.Match[bytes], depth: int, outside: int, end: int) -> Element:
    name, raw = tag["name"], tag[0]
    return Element(name.rpartition(b":")[2], tag.start(), tag.end(), outside, end, attributes(tag["rest"]), depth, raw)
