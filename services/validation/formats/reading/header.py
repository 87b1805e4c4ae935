"""Which of a sheet's first rows is the header."""

from collections.abc import Iterable, Mapping, Sequence

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
    One that surely has an Email column goes before one that has it in another language, and so it is with the others.

    Of two that know as much it is not the one that holds an address: "E-mail: hr@…" is a line of a letter head.
    """
    ranks = [_rank(texts, headers) for texts in rows]
    best = max(ranks, default=_NO_HEADER)
    return ranks.index(best) if best > _NO_HEADER else None


def certain(texts: Texts, headers: Headers) -> bool:
    """Whether the header surely has an Email column."""
    return any(headers.match(text) == EMAIL for text in texts.values())


_Rank = tuple[bool, int, int, bool]
_NO_HEADER: _Rank = (False, 0, 0, False)


def _rank(texts: Texts, headers: Headers) -> _Rank:
    sure = {key for text in texts.values() if isinstance(key := headers.match(text), str)}
    likely = {key for text in texts.values() if isinstance(key := headers.likely(text), str)}
    if EMAIL not in likely:
        return _NO_HEADER
    return EMAIL in sure, len(sure), len(likely), not any("@" in text for text in texts.values())


def likeliest(rows: Sequence[Texts], headers: Headers) -> int | None:
    """The row that looks most like a header, for those of which none has an Email column: it knows the most columns, or
    has the most different words. None where no row has any."""
    ranks = [_likeness(texts, headers) for texts in rows]
    best = max(ranks, default=(0, 0))
    return ranks.index(best) if best > (0, 0) else None


def _likeness(texts: Texts, headers: Headers) -> tuple[int, int]:
    return headers.known_in(list(texts.values())), len({word for text in texts.values() if (word := _word(text))})


def words(texts: Iterable[str]) -> tuple[str, ...]:
    """What of a header can be named in a sentence, each once."""
    return tuple(dict.fromkeys(word for text in texts if (word := _word(text))))[:_NAMED]


def _word(text: str) -> str:
    """A text that can be a header as findings repeat it, "" for an address or a number."""
    word = harmless(text[:_LOOKED_AT])[:_SHOWN]
    return word if "@" not in word and any(map(str.isalpha, word)) else ""
