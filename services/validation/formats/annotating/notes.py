"""Cell notes: a comments part for the words. The admin's own notes stay; ours are known by how they begin, since
programs that save the file may change the author, and make way for new ones."""

import re
from collections.abc import Mapping

from shared.workbooks.cells import column_letter
from shared.workbooks.markup import Element, Patch, elements, opened, text

Cell = tuple[int, int]  # row from 1, column from 0

_AUTHOR = "Usher"
_BEGINS = f"{_AUTHOR}: "
_OURS = re.compile(
    rb"(?:(?<=>)|(?:[\r\n]|&#1[03];|&#x[aAdD];)+)" + _BEGINS.encode() + rb"(?:(?!</(?:\w+:)?t>).)*", re.DOTALL
)
_WORDS = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)</")
_LONGEST = 32_000  # characters


def new_comments(namespace: str) -> bytes:
    """A part without a note."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<comments xmlns="{namespace}">'
        "<authors></authors><commentList></commentList></comments>"
    ).encode()


def reference(cell: Cell) -> bytes:
    """(5, 1) → B5."""
    return f"{column_letter(cell[1])}{cell[0]}".encode()


class Comments:
    """A comments part and the notes that it has."""

    def __init__(self, data: bytes) -> None:
        self._patch = Patch(_whole(data))
        self._comments, self._authors = list[Element](), 0
        found = dict[bytes, Element]()
        for each in elements(self._patch.data):
            match each.main:
                case b"author":
                    self._authors += 1
                case b"comment":
                    self._comments.append(each)
                case name:
                    found[name] = each
        self._credits, self._list = found[b"authors"], found[b"commentList"]

    def write(self, notes: Mapping[Cell, str]) -> tuple[bytes, frozenset[bytes]]:
        """The part with these notes, and the cells that have lost one of ours."""
        left = {reference(cell): (_BEGINS + words)[:_LONGEST] for cell, words in notes.items()}
        gone = set[bytes]()
        for comment in self._comments:
            cell = comment.attributes.get(b"ref", b"").replace(b"$", b"").upper()
            before = self._patch.data[comment.start : comment.end]
            after = _OURS.sub(b"", before)
            if after != before and not b"".join(_WORDS.findall(after)).strip():
                after = b""
                gone.add(cell)
            elif words := left.pop(cell, None):
                after = _added(after, comment, words)
            if after != before:
                self._patch.replace(comment.start, comment.end, after)
        p = self._list.prefix
        self._patch.append(self._list, b"".join(self._new(cell, words, p) for cell, words in left.items()))
        if left:
            p = self._credits.prefix
            self._patch.append(self._credits, b"<%bauthor>%b</%bauthor>" % (p, _AUTHOR.encode(), p))
        return bytes(self._patch), frozenset(gone - left.keys())

    def _new(self, cell: bytes, words: str, p: bytes) -> bytes:
        return b'<%bcomment ref="%b" authorId="%d"><%btext>%b</%btext></%bcomment>' % (
            *(p, cell, self._authors, p),
            *(_run(words, p), p, p),
        )


def _whole(data: bytes) -> bytes:
    """The part with its two lists, in case that one is missing."""
    patch = Patch(opened(data))
    found = {each.main: each for each in elements(patch.data)}
    root = list(elements(patch.data))[-1]
    p = root.prefix
    if b"authors" not in found:
        patch.insert(root.inside, b"<%bauthors></%bauthors>" % (p, p))
    if b"commentList" not in found:
        at = found[b"authors"].end if b"authors" in found else root.inside
        patch.insert(at, b"<%bcommentList></%bcommentList>" % (p, p))
    return bytes(patch)


def _added(comment: bytes, element: Element, words: str) -> bytes:
    """A note with more words behind those that it has. A plain text becomes a run: beside runs it would be a second
    text, of which some readers show the first and some the other."""
    patch = Patch(comment)
    inner = list(elements(comment, scope=element.scope))
    note = next((each for each in inner if each.main == b"text" and each.depth == 1), None)
    if note is None:
        p = element.prefix
        patch.append(inner[-1], b"<%btext>%b</%btext>" % (p, _run(words, p), p))
        return bytes(patch)
    inside = [each for each in inner if each.depth == 2 and each.main]
    new = _run("\n\n" + words if inside else words, note.prefix)
    for each in inside:
        if each.main == b"t":
            patch.insert(each.start, b"<%br>" % note.prefix)
            patch.insert(each.end, b"</%br>" % note.prefix)
    phonetic = next((each.start for each in inside if each.main in (b"rPh", b"phoneticPr")), None)
    if phonetic is None:
        patch.append(note, new)
    else:
        patch.insert(phonetic, new)
    return bytes(patch)


def _run(words: str, p: bytes) -> bytes:
    return b'<%br><%bt xml:space="preserve">%b</%bt></%br>' % (p, p, text(words), p, p)
