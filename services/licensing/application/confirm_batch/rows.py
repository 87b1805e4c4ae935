"""The rows of a confirmed batch: what deciding needs of each, and its bytes for later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

import orjson
from msgspec.structs import replace

from services.licensing.domain.user.state import Manager, Profile
from shared.object_store.row_blocks import BlockReader
from shared.object_store.store import Blobs
from shared.people import own
from shared.people.address import compare_form
from shared.people.columns import STANDARD
from shared.people.model import custom_key
from shared.people.profile import EMAIL, METHODOLOGIES, REPORTS_TO, TEXT_KEYS
from shared.people.text import meant


@dataclass(frozen=True, slots=True)
class Line:
    """One row that does something or presumes something. ``key`` is its address in compared form; ``manager_key`` that
    of Reports To, where it is filled in; ``methodologies`` are the ids of those that it names; ``raw`` the row as JSON,
    kept in place of its values, which take ten times as much memory."""

    raw: bytes
    outcome: Literal["invite", "change", "unchanged"]
    email: str
    key: str
    user_id: UUID | None
    version: int | None
    manager_key: str | None
    manager_id: UUID | None
    sets_manager: bool
    methodologies: tuple[str, ...] = ()

    @property
    def row(self) -> dict[str, Any]:
        """The row (usher_contracts.Row, which the review's own service has checked)."""
        return orjson.loads(self.raw)


@dataclass(slots=True)
class Rows:
    """All rows of a batch by what they do."""

    invites: list[Line] = field(default_factory=list[Line])
    changes: list[Line] = field(default_factory=list[Line])
    unchanged: list[Line] = field(default_factory=list[Line])
    sound: bool = True
    """False where a row is an error: such a review can't be confirmed."""
    settings: str | None = None
    """The digest of the company's settings that they were judged by; None where it was not said."""

    @property
    def all(self) -> Iterable[Line]:
        yield from self.invites
        yield from self.changes
        yield from self.unchanged


async def read(blobs: Blobs, ref: str) -> Rows:
    """Reads the object. Raises BlobMissing."""
    reader = await BlockReader.open(blobs, ref)
    rows = Rows(settings=reader.meta.get("settings"))
    async for raw in reader.all():
        add(rows, raw)
    return rows


def add(rows: Rows, raw: bytes) -> None:
    """Adds one row as JSON."""
    row = orjson.loads(raw)
    match row["outcome"]:
        case "invite":
            rows.invites.append(_line(raw, row))
        case "change":
            rows.changes.append(_line(raw, row))
        case "unchanged":
            rows.unchanged.append(_line(raw, row))
        case _:
            rows.sound = False


def _line(raw: bytes, row: dict[str, Any]) -> Line:
    presumes: dict[str, Any] = row.get("presumes") or {}
    manager = row["values"].get("reports_to")
    sets = row["outcome"] == "invite" or any(c["field"] == "reports_to" for c in row.get("changes") or ())
    return Line(
        raw=raw,
        outcome=row["outcome"],
        email=row["email"],
        key=compare_form(row["email"]),
        user_id=_uuid(presumes.get("user_id")),
        version=presumes.get("version"),
        manager_key=_manager_key(manager) if manager else None,
        manager_id=_uuid(presumes.get("manager_id")),
        sets_manager=sets and bool(manager),
        methodologies=tuple(row["values"].get(METHODOLOGIES) or ()),
    )


# A file names few managers many times.
_manager_key = lru_cache(maxsize=8192)(compare_form)


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def profile_of(present: Profile, row: dict[str, Any], manager: Manager | None) -> Profile:
    """The profile with a row's values in it, as it was reviewed: see ``meant``."""
    values = row["values"]
    custom: dict[str, str | None] = values.get("custom_fields") or {}
    texts: dict[str, Any] = {key: meant(values.get(key), getattr(present, key)) for key in TEXT_KEYS}
    manager, custom_fields = manager or present.reports_to, own.filled(present.custom_fields, custom)
    return replace(present, **texts, reports_to=manager, custom_fields=custom_fields)


def values_of(row: dict[str, Any]) -> dict[str, str]:
    """What a row fills in but for Reports To, by key (shared/people/model.py)."""
    custom: dict[str, str | None] = row["values"].get("custom_fields") or {}
    standard = {name: row["values"].get(name) for name in STANDARD if name not in (EMAIL, REPORTS_TO)}
    filled = {**standard, **{custom_key(name): text for name, text in custom.items()}}
    return {key: text for key, text in filled.items() if text}


def new_values_of(row: dict[str, Any]) -> dict[str, str]:
    """What a row changes of texts and own fields, by key."""
    changed = {c["field"]: c["to"] for c in row.get("changes") or () if c["field"] not in (REPORTS_TO, METHODOLOGIES)}
    return {name if name in STANDARD else custom_key(name): text for name, text in changed.items() if text}


def shown_changes(row: dict[str, Any]) -> set[tuple[str, str | None, str | None]]:
    """What the review showed: field, before, after."""
    return {_shown(c["field"], c["from"], c["to"]) for c in row.get("changes") or ()}


def made_changes(changes: Sequence[Any]) -> set[tuple[str, str | None, str | None]]:
    """What would be done now, in the same form."""
    return {_shown(c.field, c.before, c.after) for c in changes}


def _shown(name: str, before: str | None, after: str | None) -> tuple[str, str | None, str | None]:
    if name == "reports_to":
        return name, before and compare_form(before), after and compare_form(after)
    return name, before or None, after or None
