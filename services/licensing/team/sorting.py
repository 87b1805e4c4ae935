"""How My Team is sorted, and where the next page begins: by keys, so that a page costs the same wherever it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asyncpg import Record

from shared.http import Problem, decode_cursor, encode_cursor

_TIME = "coalesce((extract(epoch FROM u.{0}) * 1000000)::bigint, 0)"
EXPRESSIONS: Mapping[str, tuple[str, type]] = {
    "email": ("u.email_key", str),
    "first_name": ("lower(u.first_name)", str),
    "last_name": ("lower(u.last_name)", str),
    "functional_area": ("lower(coalesce(u.functional_area, ''))", str),
    "title": ("lower(coalesce(u.title, ''))", str),
    "region": ("lower(coalesce(u.region, ''))", str),
    "reports_to": ("coalesce(m.email_key, '')", str),
    "status": ("u.status", str),
    "invited_at": (_TIME.format("invited_at"), int),
    "activated_at": (_TIME.format("activated_at"), int),
}
"""Field → its SQL, never null, and the type of its value in a cursor."""
USUAL = "last_name,first_name,email"
_CASTS = {str: "text", int: "bigint"}


@dataclass(frozen=True, slots=True)
class Key:
    """One field of an order."""

    sql: str
    kind: type
    descending: bool


@dataclass(frozen=True, slots=True)
class Order:
    """An order of users; the user's id is always its last key, so that no two are equal."""

    text: str
    keys: tuple[Key, ...]

    @property
    def by(self) -> str:
        """The ORDER BY of it."""
        return ", ".join(f"{key.sql} {'DESC' if key.descending else 'ASC'}" for key in self.keys)

    @property
    def columns(self) -> str:
        """The keys' values, to be selected for ``cursor``."""
        return ", ".join(f"{key.sql} AS key_{n}" for n, key in enumerate(self.keys))

    def cursor(self, row: Record) -> str:
        """Where the page after this row begins."""
        return encode_cursor(self.text, *(_plain(row[f"key_{n}"]) for n in range(len(self.keys))))

    def after(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The values of a cursor. Raises Problem 422 for one of another order."""
        values = decode_cursor(cursor, str, *(key.kind for key in self.keys))
        if values is not None and values[0] != self.text:
            raise Problem(422, "cursor_unknown", "The cursor belongs to another sort order. Begin at the first page.")
        return None if values is None else values[1:]

    def condition(self, first_parameter: int) -> str:
        """SQL that is true behind the values, which are the parameters from ``first_parameter`` on."""
        parameters = [f"${first_parameter + n}::{_CASTS[key.kind]}" for n, key in enumerate(self.keys)]
        if len({key.descending for key in self.keys}) == 1:  # one comparison of rows, which an index can serve
            left, right = ", ".join(key.sql for key in self.keys), ", ".join(parameters)
            return f"({left}) {'<' if self.keys[0].descending else '>'} ({right})"
        return f"({' OR '.join(self._steps(parameters))})"

    def _steps(self, parameters: Sequence[str]) -> list[str]:
        steps: list[str] = []
        for n, key in enumerate(self.keys):
            equal = [f"{k.sql} = {p}" for k, p in zip(self.keys[:n], parameters[:n], strict=True)]
            behind = f"{key.sql} {'<' if key.descending else '>'} {parameters[n]}"
            steps.append(f"({' AND '.join([*equal, behind])})")
        return steps


def order_of(sort: str) -> Order:
    """Reads ``?sort=``. Raises Problem 422 for a field that can't be sorted by."""
    keys: list[Key] = []
    for name in (part.strip() for part in (sort or USUAL).split(",")):
        expression = EXPRESSIONS.get(name.removeprefix("-"))
        if expression is None:
            raise Problem(422, "sort_unknown", f"My Team can be sorted by {', '.join(EXPRESSIONS)}.")
        keys.append(Key(*expression, descending=name.startswith("-")))
    keys.append(Key("u.user_id::text", str, keys[0].descending))
    return Order(sort or USUAL, tuple(keys))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
