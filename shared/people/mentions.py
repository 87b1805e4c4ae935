"""Addresses within a text, however they stand there: alone, behind a name, in a sentence or in a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from shared.people.address import compare_form
from shared.people.text import clean_address

_UNSEEN = "\u00ad\u180e\u200b-\u200f\u2060-\u2069\u202a-\u202e\ufeff\u061c"
"""What an address may hold without anybody seeing it; comparing takes it off."""
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-" + _UNSEEN + "]"
_DOMAIN = r"(?:[\w.\-\u0300-\u036f\u3002\uff0e\uff61" + _UNSEEN + "])"
_ADDRESS = re.compile(f"(?P<local>{_LOCAL}+)@(?P<domain>{_DOMAIN}+)")
_PARTS = re.compile(r"[/=?&|{}]")
"""What an address may hold, and what stands before one in a link far more often."""
_MARKS = "'`*_~|!"
_LONGEST_ALONE = 1_000
"""Characters of a text that can be an address and nothing else."""
_ENDS = re.compile(r"[._\-]+$")


@dataclass(frozen=True, slots=True)
class Mention:
    """An address from `start` to `end` of a text; `key` is the form in which it is compared."""

    start: int
    end: int
    key: str


def mentions(text: str, *, prose: bool = False) -> Iterator[Mention]:
    """Every address that may be meant, in their order. Several may be meant by one place: `'ada@x.com'` stands in
    marks, which could be part of it, and `to=ada@x.com` in a link. Of those the longest comes first. A text that is
    nothing else means itself alone, as the cell of a column does; not so in prose."""
    if "@" not in text:
        return
    whole = clean_address(text) if not prose and len(text) <= _LONGEST_ALONE else None
    for found in _ADDRESS.finditer(text):
        end = found.end() - (len(ends[0]) if (ends := _ENDS.search(found["domain"])) else 0)
        alone = whole == clean_address(found[0])
        for start in (found.start(), *(() if alone else _other_starts(text, found, end, prose))):
            yield Mention(start, end, compare_form(text[start:end]))


def _other_starts(text: str, found: re.Match[str], end: int, prose: bool) -> Iterator[int]:
    local = found["local"]
    for at in (0, *(part.end() for part in _PARTS.finditer(local))):
        rest = local[at:]
        if not rest:
            return
        if at:
            yield found.start() + at
        if rest[0] == "." and (bare := rest.lstrip(".")):
            yield found.end("local") - len(bare)
        if rest[0] in _MARKS and (prose or text[end : end + 1] == rest[0]):
            yield found.start() + at + 1


def keys_in(text: str, *, prose: bool = False) -> set[str]:
    """The keys of all addresses that may be meant, those of links among them."""
    found = {each.key for each in mentions(text, prose=prose)}
    return found | {each.key for each in mentions(unquote(text), prose=prose)} if "%" in text else found


def without(text: str, is_gone: Callable[[str], bool], marker: str, *, prose: bool = False) -> str:
    """The text with `marker` in place of each address whose key is gone."""
    made, at = list[str](), 0
    for each in mentions(text, prose=prose):
        if each.start >= at and is_gone(each.key):
            made += [text[at : each.start], marker]
            at = each.end
    made.append(text[at:])
    text = "".join(made)
    # Of a link, where characters stand as numbers.
    plain = unquote(text) if "%" in text else text
    if plain != text and any(is_gone(each.key) for each in mentions(plain, prose=prose)):
        return without(plain, is_gone, marker, prose=prose)
    return text
