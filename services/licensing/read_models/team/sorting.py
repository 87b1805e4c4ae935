"""How My Team is sorted, and where the next page begins: by keys, so that a page costs the same wherever it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.licensing.read_models.team.fields import CUSTOM, TEXTS, Parameters, custom_text, names_in
from shared.http.pagination import decode_cursor, encode_cursor, unknown_cursor
from shared.http.problems import Problem

_TIME = "coalesce((extract(epoch FROM u.{0}) * 1000000)::bigint, 0)"
EXPRESSIONS: Mapping[str, tuple[str, type]] = {
    **{name: (text.key, str) for name, text in TEXTS.items()},
    "reports_to": ("coalesce(m.email_key, '')", str),
    "status": ("u.status", str),
    "invited_at": (_TIME.format("invited_at"), int),
    "activated_at": (_TIME.format("activated_at"), int),
}
"""Field → its SQL, never null, and the type of its value in a cursor."""
USUAL = "last_name,first_name,email"
_CASTS = {str: "text", int: "bigint", UUID: "uuid"}


@dataclass(frozen=True, slots=True)
class Key:
    """One field of an order."""

    name: str
    kind: type
    descending: bool

    def sql(self, parameters: Parameters) -> str:
        """Its expression."""
        if self.name.startswith(CUSTOM):
            return custom_text(self.name.removeprefix(CUSTOM), parameters).key
        return "u.user_id" if self.kind is UUID else EXPRESSIONS[self.name][0]

    @property
    def way(self) -> str:
        return "DESC" if self.descending else "ASC"


@dataclass(frozen=True, slots=True)
class Order:
    """An order of users; the user's id is always its last key, so that no two are equal."""

    text: str
    keys: tuple[Key, ...]

    def by(self, expressions: Sequence[str]) -> str:
        """The ORDER BY of it."""
        return ", ".join(f"{sql} {key.way}" for key, sql in zip(self.keys, expressions, strict=True))

    def cursor(self, row: Record) -> str:
        """Where the page after this row begins; its keys are selected as ``key_0`` and so on."""
        return encode_cursor(self.text, *(_plain(row[f"key_{n}"]) for n in range(len(self.keys))))

    def after(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The values of a cursor. Raises Problem 422 for one of another order."""
        kinds = (str if key.kind is UUID else key.kind for key in self.keys)
        values = decode_cursor(cursor, str, *kinds)
        if values is None:
            return None
        if values[0] != self.text:
            raise Problem(422, "cursor_unknown", "The cursor belongs to another sort order. Begin at the first page.")
        try:
            return *values[1:-1], UUID(values[-1])
        except ValueError:
            raise unknown_cursor() from None

    def behind(self, expressions: Sequence[str], values: Sequence[Any], parameters: Parameters) -> str:
        """SQL that is true behind these values."""
        given = [f"{parameters.add(v)}::{_CASTS[k.kind]}" for v, k in zip(values, self.keys, strict=True)]
        if len({key.descending for key in self.keys}) == 1:  # one comparison of rows, which an index can serve
            return f"({', '.join(expressions)}) {'<' if self.keys[0].descending else '>'} ({', '.join(given)})"
        return f"({' OR '.join(self._steps(expressions, given))})"

    def _steps(self, expressions: Sequence[str], given: Sequence[str]) -> list[str]:
        steps: list[str] = []
        for n, key in enumerate(self.keys):
            equal = [f"{sql} = {value}" for sql, value in zip(expressions[:n], given[:n], strict=True)]
            behind = f"{expressions[n]} {'<' if key.descending else '>'} {given[n]}"
            steps.append(f"({' AND '.join([*equal, behind])})")
        return steps


def order_of(sort: str, custom: Collection[str] = ()) -> Order:
    """Reads ``?sort=``; ``custom`` are the company's own fields. Raises Problem 422 for what can't be sorted by."""
    keys: list[Key] = []
    for text in names_in(sort or USUAL, custom):
        name = text.removeprefix("-")
        if name.startswith(CUSTOM) and name.removeprefix(CUSTOM) in custom:
            kind: type = str
        elif name in EXPRESSIONS:
            kind = EXPRESSIONS[name][1]
        else:
            known = ", ".join((*EXPRESSIONS, *(f"{CUSTOM}{each}" for each in custom)))
            raise Problem(422, "sort_unknown", f"My Team can be sorted by {known}.")
        keys.append(Key(name, kind, descending=text.startswith("-")))
    keys.append(Key("user_id", UUID, bool(keys) and keys[0].descending))
    return Order(sort or USUAL, tuple(keys))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int) else str(value)
