"""How My Team is sorted, and where the next page begins: by keys, so that a page costs the same wherever it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.licensing.messages import OTHER_SORT, SORT_UNKNOWN
from services.licensing.read_models.team.fields import CUSTOM, TEXTS, Parameters, custom_text, names_in
from shared.http.pagination import decode_cursor, encode_cursor, unknown_cursor

_EPOCH = datetime.fromtimestamp(0, UTC)
_TIME = "coalesce(u.{0}, 'epoch')"
EXPRESSIONS: Mapping[str, tuple[str, type]] = {
    **{name: (text.key, str) for name, text in TEXTS.items()},
    "reports_to": ("coalesce(m.email_key, '')", str),
    "status": ("u.status", str),
    "permissions": ("u.permissions::text", str),
    "methodologies": ("u.methodologies::text", str),
    "invited_at": (_TIME.format("invited_at"), datetime),
    "activated_at": (_TIME.format("activated_at"), datetime),
}
"""Field → its SQL, never null, and the type of its value. In a cursor a time is microseconds since 1970."""
USUAL = "last_name,first_name,email"
_CASTS = {str: "text", datetime: "timestamptz", UUID: "uuid"}
_IN_CURSOR: Mapping[type, type] = {str: str, datetime: int, UUID: str}


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

    @property
    def by_manager(self) -> bool:
        """Whether managers have to be known to sort by it."""
        return any(key.name == "reports_to" for key in self.keys)

    @property
    def managers_first(self) -> bool:
        """Whether users stand by their managers first of all."""
        return self.keys[0].name == "reports_to"

    @property
    def indexed(self) -> bool:
        """Whether an index has the users in this order, or nearly so."""
        return self.keys[0].name in ("last_name", "email") and not self.by_manager

    def by(self, expressions: Sequence[str]) -> str:
        """The ORDER BY of it."""
        return ", ".join(f"{sql} {key.way}" for key, sql in zip(self.keys, expressions, strict=True))

    def cursor(self, row: Record) -> str:
        """The cursor of the page after this row; its keys are selected as ``key_0`` and so on."""
        return encode_cursor(self.text, *(_plain(row[f"key_{n}"]) for n in range(len(self.keys))))

    def after(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The values of a cursor. Raises Problem 422 for one of another order."""
        values = decode_cursor(cursor, str, *(_IN_CURSOR[key.kind] for key in self.keys))
        if values is None:
            return None
        if values[0] != self.text:
            raise OTHER_SORT()
        try:
            return tuple(_read(value, key.kind) for value, key in zip(values[1:], self.keys, strict=True))
        except (ValueError, OverflowError):
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
            raise SORT_UNKNOWN(known=known)
        keys.append(Key(name, kind, descending=text.startswith("-")))
    keys.append(Key("user_id", UUID, bool(keys) and keys[0].descending))
    return Order(sort or USUAL, tuple(keys))


def _plain(value: str | datetime | UUID) -> str | int:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else str(value)


def _read(value: Any, kind: type) -> Any:
    """What ``_plain`` was given. Raises ValueError or OverflowError."""
    return _EPOCH + timedelta(microseconds=value) if kind is datetime else kind(value)
