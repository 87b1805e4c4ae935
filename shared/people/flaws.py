"""What is wrong with a text that is no e-mail address, and the address that it was probably meant to be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from email_validator.rfc_constants import ATEXT, EMAIL_MAX_LENGTH, LOCAL_PART_MAX_LENGTH

from shared.people import messages
from shared.people.address import parse
from shared.people.text import APOSTROPHES, HYPHENS, clean_address

_ATS = "\uff20\ufe6b"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02"
_DOTS = "\u3002\uff0e\uff61\ufe52\u2024"
_COMMAS = "\u3001\ufe50\ufe51\uff64"
_WIDE = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_TYPED = str.maketrans(
    {
        **_WIDE, **dict.fromkeys(_ATS, "@"), **dict.fromkeys(HYPHENS, "-"), **dict.fromkeys(APOSTROPHES, "'"),
        **dict.fromkeys(_QUOTES, '"'), **dict.fromkeys(_DOTS, "."), **dict.fromkeys(_COMMAS, ","),
    }
)  # fmt: skip
"""What programs and keyboards put where only ASCII can stand, as it would have been typed."""
_EDGES = " ,;:.<>()[]'\""
_IN_LOCAL = re.compile(rf"[{ATEXT}.]")
_PARTS = re.compile(r"[;,|/\s<>()\[\]]+")
_BRACKETED = re.compile(r"<([^<>]*)>[\s,;.]*$")
_BRACKETED_ALONE = re.compile(r"^[^@]*[<(\[]([^<>()\[\]@]+@[^<>()\[\]@]+)[>)\]][^@]*$")
_REMARK = re.compile(r"\s*[(\[][^()\[\]@]*[)\]]\s*")
_QUERY = re.compile(r"\?[^@]*$|\?[a-z]+=.*$", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"^(?:(?:e-?mail|mail|smtp|to)\s*[:=]|\d{1,3}[.)]\s|[-*•·]\s)\s*", re.IGNORECASE)
_AROUND = re.compile(r"\s*([@.])\s*")


def _addresses(text: str) -> set[str]:
    """The compare forms of the addresses that stand in a text, parted by what can't stand in one."""
    parts = (parse(clean_address(part.strip(_EDGES))) for part in _PARTS.split(text.translate(_TYPED)))
    return {address.key for address in parts if address}


def flaw_of(text: str) -> str | None:
    """A half sentence about what makes a cleaned text no address; None where there is nothing plainer to say."""
    if len(text) > 2 * EMAIL_MAX_LENGTH:
        return messages.address_too_long()
    if len(_addresses(text)) > 1:
        return messages.address_of_several()
    if found := next((char for char in text if char in _ATS), None):
        return messages.address_character(found, _name(found))
    local, at, domain = text.rpartition("@")
    if not at:
        return messages.address_without_at()
    if "@" in local:
        return messages.address_with_two_ats()
    if not local or not domain:
        return messages.address_without_part("before" if not local else "behind")
    if found := _stranger(local, domain):
        return messages.address_character(found, _name(found))
    if "." not in domain:
        return messages.address_without_dot()
    if any(not part for part in (*local.split("."), *domain.split("."))):
        return messages.address_with_loose_dot()
    return messages.address_too_long() if len(local) > LOCAL_PART_MAX_LENGTH or len(text) > EMAIL_MAX_LENGTH else None


def _stranger(local: str, domain: str) -> str | None:
    """The first character that can't stand where it does; domains may have letters of any script."""
    return next(
        (char for char in local if not _IN_LOCAL.match(char)),
        next((char for char in domain if not (char in "-." or unicodedata.category(char)[0] in "LMN")), None),
    )


def _name(char: str) -> str | None:
    """What a character is called, where it is none that everybody has on the keyboard."""
    return None if char.isascii() else unicodedata.name(char, f"U+{ord(char):04X}").lower()


def _repairs(text: str, own: Iterable[str]) -> Iterator[str]:
    typed = text.translate(_TYPED)
    if found := _BRACKETED.search(typed) or _BRACKETED_ALONE.search(typed):
        yield found.group(1)
    for said in dict.fromkeys((typed, _REMARK.sub("", typed))):
        trimmed = _LABEL.sub("", _QUERY.sub("", said).strip(_EDGES)).strip(_EDGES)
        yield trimmed
        closed = _AROUND.sub(r"\1", trimmed)
        yield closed
        yield re.sub(r"@{2,}", "@", closed)
        yield re.sub(r"[,.]+", ".", closed)
        yield re.sub(r"(?i)\s*[(\[]at[)\]]\s*", "@", trimmed)
        local, _, domain = trimmed.rpartition("@")
        for known in own:
            if domain and known.startswith(domain.lower() + "."):
                yield f"{local}@{known}"


def repaired(text: str, own: Iterable[str]) -> str | None:
    """The address that a text which is none was plainly meant to be ("Ann <ann@x.example>"), None without an idea or
    where there are several."""
    if len(text) > 2 * EMAIL_MAX_LENGTH or len(_addresses(text)) > 1:
        return None
    for candidate in _repairs(text, own):
        if address := parse(clean_address(candidate)):
            return address.text
    return None
