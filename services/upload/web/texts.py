"""The message catalogue of the pages: all their texts, in `texts.toml`, one entry a sentence, ready for translation.

An entry is a text with `{named}` places, or a table with `one` and `other`, chosen by the argument `n`. Its own markup
(`<strong>`) is trusted; what fills the places is escaped. Whole numbers are grouped: 12,345.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from markupsafe import Markup

_CATALOGUE = Path(__file__).with_name("texts.toml")

CatalogueEntry = str | Mapping[str, str]


class Texts:
    """A catalogue: `words("seats.available", n=3)`. A key that is not in it is a KeyError: a test finds them all."""

    def __init__(self, entries: Mapping[str, CatalogueEntry]) -> None:
        self._entries = dict(entries)

    def __call__(self, key: str, **places: object) -> Markup:
        """The sentence `key` with its places filled, safe to stand in HTML."""
        match self._entries[key]:
            case str() as text:
                chosen = text
            case forms:
                chosen = forms["one" if places.get("n") == 1 else "other"]
        return Markup(chosen).format(**{name: _shown(value) for name, value in places.items()})

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def known(self, key: str, otherwise: str, **places: object) -> Markup:
        """The entry `key`, or `otherwise` for what this catalogue has no words for (a newer service's code)."""
        return self(key if key in self._entries else otherwise, **places)

    @classmethod
    def load(cls, path: Path = _CATALOGUE) -> "Texts":
        """The catalogue in `path`, a TOML file with a table a page."""
        return cls(dict(_flat(tomllib.loads(path.read_text(encoding="utf-8")))))


def _shown(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, CatalogueEntry]]:
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        if isinstance(value, str):
            yield key, value
        elif set(value) == {"one", "other"}:
            yield key, cast("Mapping[str, str]", value)
        else:
            yield from _flat(value, key)
