"""Cell notes: a comments part for the words. The admin's own notes stay; ours are known by how they begin, since
programs that save the file may change the author, and make way for new ones."""

import re
from collections.abc import Mapping

from services.validation.annotate.markup import Element, Patch, elements, prefix_of, qualified, text
from services.validation.annotate.model import CannotAnnotate
from services.validation.reading.model import letter

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
    return f"{letter(cell[1])}{cell[0]}".encode()


class Comments:
    """A comments part and the notes that it has."""

    def __init__(self, data: bytes) -> None:
        self._patch = Patch(data)
        self._comments, self._authors = list[Element](), 0
        found = dict[bytes, Element]()
        for each in elements(data):
            match each.name:
                case b"author":
                    self._authors += 1
                case b"comment":
                    self._comments.append(each)
                case _:
                    found[each.name] = each
        if not {b"authors", b"commentList"} <= found.keys():
            raise CannotAnnotate("its notes are not where they should be")
        self._credits, self._list = found[b"authors"], found[b"commentList"]

    def references(self) -> frozenset[bytes]:
        """The cells that have a note of any kind."""
        return frozenset(each.attributes.get(b"ref", b"") for each in self._comments)

    def write(self, notes: Mapping[Cell, str]) -> tuple[bytes, frozenset[bytes]]:
        """The part with these notes, and the cells that have lost one of ours."""
        left = {reference(cell): (_BEGINS + words)[:_LONGEST] for cell, words in notes.items()}
        gone = set[bytes]()
        for comment in self._comments:
            cell = comment.attributes.get(b"ref", b"")
            before = self._patch.data[comment.start : comment.end]
            after = _OURS.sub(b"", before)
            if after != before and not b"".join(_WORDS.findall(after)).strip():
                after = b""
                gone.add(cell)
            elif words := left.pop(cell, None):
                after = _added(after, "\n\n" + words, prefix_of(qualified(comment.tag)))
            if after != before:
                self._patch.replace(comment.start, comment.end, after)
        p = prefix_of(qualified(self._list.tag))
        self._patch.append(self._list, b"".join(self._new(cell, words, p) for cell, words in left.items()))
        if left:
            self._patch.append(self._credits, b"<%bauthor>%b</%bauthor>" % (p, _AUTHOR.encode(), p))
        return bytes(self._patch), frozenset(gone - left.keys())

    def _new(self, cell: bytes, words: str, p: bytes) -> bytes:
        return b'<%bcomment ref="%b" authorId="%d"><%btext>%b</%btext></%bcomment>' % (
            *(p, cell, self._authors, p),
            *(_run(words, p), p, p),
        )


def _added(comment: bytes, words: str, p: bytes) -> bytes:
    """A note with more words behind those that it has."""
    end = comment.rfind(b"</%btext" % p)
    if end < 0:
        raise CannotAnnotate("a note has no text")
    return comment[:end] + _run(words, p) + comment[end:]


def _run(words: str, p: bytes) -> bytes:
    return b'<%br><%bt xml:space="preserve">%b</%bt></%br>' % (p, p, text(words), p, p)
