"""The columns of an export: those of an upload, in its order and under its names, and on demand others beside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from asyncpg import Record

from services.licensing.messages import COLUMN_UNKNOWN
from services.licensing.read_models.team.fields import CUSTOM, names_in
from services.licensing.read_models.team.view import user_of
from shared.people import own, statuses
from shared.people.columns import STANDARD, header_key
from shared.people.methodologies import Methodologies
from shared.people.model import Methodology
from shared.people.profile import EMAIL, METHODOLOGIES, METHODOLOGY_COLUMN

_NONE: Mapping[str, str] = {}
Values = Mapping[str, Any]
"""A row of My Team, its custom fields read."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what stands above it, and what stands in it."""

    header: str
    text: Callable[[Values], str]


def columns_of(chosen: str, custom: Collection[str], methodologies: Mapping[str, str] = _NONE) -> list[Column]:
    """Reads ``?columns=``; all columns of an upload where nothing is chosen. Email always is among them, else nothing
    could be uploaded again. ``methodologies`` are the names of the company's, by id. Raises Problem 422 for a column
    that does not exist."""
    known = _known(custom, methodologies)
    beside = {*_BESIDE, *(() if methodologies else (METHODOLOGIES,))}
    names = list(dict.fromkeys(names_in(chosen, custom))) or [name for name in known if name not in beside]
    if unknown := [name for name in names if name not in known]:
        raise COLUMN_UNKNOWN(name=repr(unknown[0]), known=", ".join(known))
    if EMAIL not in names:
        names.insert(0, EMAIL)
    return [known[name] for name in names]


def texts(row: Record, columns: Sequence[Column]) -> list[str]:
    """A row of My Team as cells, '' for blank ones."""
    custom = own.known(orjson.loads(row["custom_fields"]), row["own_fields"])
    values = {**dict(row), "custom_fields": custom, "row": row}
    return [column.text(values) for column in columns]


def _known(custom: Collection[str], methodologies: Mapping[str, str]) -> dict[str, Column]:
    theirs = {header_key(name) for name in custom}
    beside = {
        name: Column(f"{header} (Usher)" if header_key(header) in theirs else header, text)
        for name, (header, text) in _BESIDE.items()
    }
    return {
        **{key: Column(header, _standard(key)) for key, header in STANDARD.items()},
        METHODOLOGIES: Column(METHODOLOGY_COLUMN, _methodologies(methodologies)),
        **{f"{CUSTOM}{name}": Column(name, _custom(name)) for name in custom},
        **beside,
    }


def _standard(key: str) -> Callable[[Values], str]:
    return lambda values: values[key] or ""


def _custom(name: str) -> Callable[[Values], str]:
    return lambda values: values["custom_fields"].get(name) or ""


def _methodologies(names: Mapping[str, str]) -> Callable[[Values], str]:
    known = Methodologies(Methodology(key, name) for key, name in names.items())
    return lambda values: known.written(orjson.loads(values["methodologies"]))


def _time(key: str) -> Callable[[Values], str]:
    def text(values: Values) -> str:
        at: datetime | None = values[key]
        return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"

    return text


def _invitation(values: Values) -> str:
    invitation = user_of(values["row"]).invitation
    return "" if invitation is None else "expired" if invitation.expired else invitation.state


_BESIDE: Mapping[str, tuple[str, Callable[[Values], str]]] = {
    "status": ("Status", lambda values: statuses.FACTS[values["status"]].word),
    "invitation": ("Invitation", _invitation),
    "permissions": ("Permissions", lambda values: ", ".join(orjson.loads(values["permissions"]))),
    "invited_at": ("Invited At", _time("invited_at")),
    "activated_at": ("Activated At", _time("activated_at")),
}
"""What an upload ignores, with a warning: only where it is asked for."""
