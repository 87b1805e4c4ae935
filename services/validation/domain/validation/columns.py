"""What the columns of a sheet are: what each is read as, how that is known, and what those may be that are not read.
Pure."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.validation.domain.validation.workbook import Column
from shared.people.address import parse
from shared.people.columns import FULL_NAME, By, Headers, Meaning, column_name, shown_header
from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, METHODOLOGIES, REGION, REPORTS_TO, TITLE
from shared.people.text import clean_address, fold

_EXAMPLES = 3
_MOST, _OF = 4, 5
"""The share of a column's values that say what it holds."""
_ADDRESSES = (EMAIL, REPORTS_TO)
_DEGREES = frozenset(
    {
        "dr", "prof", "dipl", "ing", "med", "phil", "jur", "rer", "nat", "pol", "oec", "habil", "h", "c", "mag", "msc",
        "bsc", "mba", "ma", "ba", "phd", "mr", "mrs", "ms", "mx", "herr", "frau", "hr", "fr", "m", "mme", "mlle", "sr",
        "sra", "srta", "dott", "dra",
    }
)  # fmt: skip
"""What stands above "Titel" where it is no job: degrees and forms of address, word by word."""


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column: its header, the name of the field that it is read as, how that is known, what it may be by its header
    in any language and by its values, and some of these."""

    header: str
    field: str | None
    by: By | None
    guess: str | None
    examples: Sequence[str]


def meanings_of(columns: Sequence[Column], headers: Headers) -> list[Meaning]:
    """What the columns mean. One that nobody needs and that only a word of another list or language names is not read
    where its values are of another kind: "Supervisor" with names, a "Bölge" that is no region of the company's, a
    "Titel" that is a degree."""
    found = headers.meanings([column.header for column in columns])
    return [
        Meaning() if meaning.by == "name" and _is_another(column, meaning.key, headers) else meaning
        for column, meaning in zip(columns, found, strict=True)
    ]


def _is_another(column: Column, key: str | None, headers: Headers) -> bool:
    if headers.match(column.header) == key or not column.values:
        return False
    if key == REPORTS_TO:
        return not any("@" in value for value in column.values)
    if key == METHODOLOGIES:
        return not any(headers.methodologies.read(value).ids for value in column.values)
    if key == TITLE:
        return not any(_is_job(value) for value in column.values)
    listed = dict(headers.lists).get(REGION) if key == REGION else None
    return listed is not None and not any(listed.match(value) for value in column.values)


def _is_job(value: str) -> bool:
    parts = set(re.findall(r"[^\W\d_]+", fold(value)))
    return bool(parts - _DEGREES)


def sheet_columns(columns: Sequence[Column], headers: Headers) -> list[SheetColumn]:
    """All columns that have a header, but for those that Usher wrote itself."""
    meanings = meanings_of(columns, headers)
    taken = {key for meaning in meanings if (key := meaning.key)}
    found = list[SheetColumn]()
    for column, meaning in zip(columns, meanings, strict=True):
        if meaning.ours:
            continue
        guess = _guess(column, meaning, headers, taken)
        if guess and not meaning.key:
            taken.add(guess)
        found.append(
            SheetColumn(
                shown_header(column.header),
                meaning.key and column_name(meaning.key),
                meaning.by,
                guess and column_name(guess),
                column.values[:_EXAMPLES],
            )
        )
    return found


def _guess(column: Column, meaning: Meaning, headers: Headers, taken: Collection[str]) -> str | None:
    """What a column may be: not what another one is already."""
    if meaning.key:
        return None if headers.match(column.header) == meaning.key else meaning.key
    if meaning.by == "mapping":
        return None
    of_header = headers.guess(column.header)
    if _holds_addresses(column.values):
        # A header may speak of somebody's name, mail or office: that it holds addresses is certain.
        guesses = [of_header, *_ADDRESSES] if of_header in _ADDRESSES else [*_ADDRESSES]
    else:
        by_header = None if _is_another(column, of_header, headers) else of_header
        guesses = [by_header, _of_list(column.values, headers)]
    return next(_free(guesses, taken), None)


def _free(guesses: Sequence[str | None], taken: Collection[str]) -> Iterator[str]:
    names = {FIRST_NAME, LAST_NAME}
    for guess in guesses:
        if guess is None or guess in taken or (guess in names and FULL_NAME in taken):
            continue
        if guess != FULL_NAME or not names <= set(taken):
            yield guess


def _holds_addresses(values: Sequence[str]) -> bool:
    return _mostly(sum(parse(clean_address(value)) is not None for value in values), values)


def _of_list(values: Sequence[str], headers: Headers) -> str | None:
    """The field whose list has the values."""
    found = [(sum(choices.match(value) is not None for value in values), key) for key, choices in headers.lists]
    named = (headers.methodologies.read(value) for value in values)
    found.append((sum(bool(each.ids) and not each.unknown for each in named), METHODOLOGIES))
    count, key = max(found)
    return key if _mostly(count, values) else None


def _mostly(count: int, values: Sequence[str]) -> bool:
    return count > 0 and count * _OF >= len(values) * _MOST
