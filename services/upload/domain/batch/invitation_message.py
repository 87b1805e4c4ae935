"""The rule of the sentence that an admin adds to the invitations of a batch: one line of plain text that leads nowhere.

Invitations go out under the platform's sender to people who did not ask for them. So what an admin may add to one holds
nothing of which a program makes a link, or a reader an address.
"""

import re
import unicodedata
from itertools import pairwise

from services.upload.domain.refusals import MessageRefused
from shared.people.text import clean, has_illegal

MAX_LENGTH = 200
"""Characters of it."""

_BREAK = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]")
_ADDRESS = re.compile(
    r"""
      // | \\\\                                        # of a page, with whichever scheme; of a folder in a network
    | \S@\S                                          # of a mailbox
    | (?<!\w) (?:https?|ftp|mailto) : \S
    | (?<![\w.]) \d{1,3} (?:\.\d{1,3}){3} (?!\w|\.\d)   # of a machine
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""What Unicode has programs show as nothing (Default_Ignorable_Code_Point)."""
_IDEOGRAPHIC_STOP = re.compile("(?<=[a-z0-9-])\u3002(?=[a-z0-9])", re.IGNORECASE)
"""Between Latin letters browsers take it for a dot; elsewhere it ends a sentence."""


def invitation_message(text: str | None) -> str | None:
    """The sentence as it is kept; None for none. Raises MessageRefused."""
    if text is None:
        return None
    said = clean(text)
    if _BREAK.search(text) or has_illegal(said):
        raise MessageRefused("message_illegal_characters")
    if len(said) > MAX_LENGTH:
        raise MessageRefused("message_too_long")
    if _leads_somewhere(said):
        raise MessageRefused("message_has_link")
    return said or None


def _leads_somewhere(said: str) -> bool:
    shown = _IGNORABLE.sub("", unicodedata.normalize("NFKC", said))
    seen = "".join(c for c in shown if unicodedata.category(c) != "Cf")
    seen = _IDEOGRAPHIC_STOP.sub(".", seen)
    return _ADDRESS.search(seen) is not None or any(map(_has_domain, seen.split()))


def _has_domain(word: str) -> bool:
    """Whether a dot stands within the word, with a name before it and two letters or more after it."""
    parts = word.split(".")
    return any(_is_of_a_name(before[-1:]) and _letters(after) for before, after in pairwise(parts))


def _letters(label: str) -> bool:
    return len(label) > 1 and label[0].isalpha() and _is_of_a_name(label[1])


def _is_of_a_name(character: str) -> bool:
    # Marks: in many scripts a vowel is one.
    return character.isalnum() or unicodedata.category(character or " ").startswith("M")
