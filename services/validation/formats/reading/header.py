"""Which of a sheet's first rows is the header."""

from collections.abc import Mapping, Sequence

from shared.people.columns import Headers
from shared.people.profile import EMAIL
from shared.people.text import harmless

Texts = Mapping[int, str]
"""A row's texts by column."""

_NAMED = 50
_SHOWN = 120
_LOOKED_AT = 1_000


def choose(rows: Sequence[Texts], headers: Headers) -> int | None:
    """Of those with an Email column the one that knows most columns, the first of several; None where there is none.

    Of two that know as much it is not the one that holds an address: "E-mail: hr@…" is a line of a letter head.
    """
    ranks = [_rank(texts, headers) for texts in rows]
    best = max(ranks, default=(0, False))
    return ranks.index(best) if best > (0, False) else None


def _rank(texts: Texts, headers: Headers) -> tuple[int, bool]:
    known = {key for text in texts.values() if isinstance(key := headers.match(text), str)}
    return (len(known), not any("@" in text for text in texts.values())) if EMAIL in known else (0, False)


def likeliest(rows: Sequence[Texts]) -> list[str]:
    """What stands in the row that looks most like a header, for whom none could be found: the most different words."""
    words = [[word for text in texts.values() if (word := _word(text))] for texts in rows]
    found = max(words, key=lambda row: len(set(row))) if words else []
    return list(dict.fromkeys(found))[:_NAMED]


def _word(text: str) -> str:
    """A text that can be a header as findings repeat it, "" for an address or a number."""
    word = harmless(text[:_LOOKED_AT])[:_SHOWN]
    return word if "@" not in word and any(map(str.isalpha, word)) else ""
