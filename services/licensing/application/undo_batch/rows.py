"""The rows of an undo as they travel: one JSON object a row (usher_contracts.UndoRow), in blocks, found by outcome and
by why something is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from services.licensing.domain.undo.events import UndoCounts
from services.licensing.domain.undo.outcomes import UndoneRow
from services.licensing.domain.user.events import Change
from shared.object_store.row_blocks import BlockReader, BlockWriter
from shared.object_store.store import Blobs


def written(rows: Iterable[UndoneRow], undoes: UUID) -> tuple[bytes, UndoCounts]:
    """The object's bytes, and how many rows have which outcome."""
    writer, counts = BlockWriter(), dict.fromkeys(("cancel", "restore", "kept"), 0)
    for number, row in enumerate(rows, 1):
        # Ids come as asyncpg's own kind of UUID, too, which orjson does not know.
        record = orjson.dumps(_record(number, row), default=str)
        writer.add(record, [row.outcome, *([f"code:{row.reason}"] if row.reason else [])])
        counts[row.outcome] += 1
    return writer.finish({"kind": "undo", "undoes": str(undoes)}), UndoCounts(rows=sum(counts.values()), **counts)


def _record(number: int, row: UndoneRow) -> dict[str, Any]:
    made: dict[str, Any] = {"row": number, "outcome": row.outcome, "user_id": row.user_id, "email": row.email}
    made["values"] = {"first_name": row.first_name or None, "last_name": row.last_name or None}
    if row.changes:
        made["changes"] = [
            {"field": c.field, "from": c.before, "to": c.after, "from_id": c.before_id, "to_id": c.after_id}
            for c in row.changes
        ]
    if row.reason:
        made["reason"] = row.reason
    if row.since:
        made["at"] = row.since.at
        made["by"] = row.since.by and {"email": row.since.by.email, "name": row.since.by.name}
    return made


@dataclass(frozen=True, slots=True)
class Restored:
    """A user who is to be as before the batch, by ``changes`` from what is so now."""

    user_id: UUID
    changes: tuple[Change, ...]


@dataclass(slots=True)
class UndoRows:
    """All rows of a reviewed undo by what they do. What is kept presumes nothing: nothing is done there."""

    cancels: list[UUID] = field(default_factory=list[UUID])
    restores: list[Restored] = field(default_factory=list[Restored])
    kept: int = 0


async def read(blobs: Blobs, ref: str) -> UndoRows:
    """Reads the object. Raises BlobMissing."""
    reader, rows = await BlockReader.open(blobs, ref), UndoRows()
    async for raw in reader.all():
        _add(rows, orjson.loads(raw))
    return rows


def _add(rows: UndoRows, row: Mapping[str, Any]) -> None:
    match row["outcome"]:
        case "cancel":
            rows.cancels.append(UUID(row["user_id"]))
        case "restore":
            rows.restores.append(Restored(UUID(row["user_id"]), tuple(map(_change, row["changes"]))))
        case _:
            rows.kept += 1


def _change(change: Mapping[str, Any]) -> Change:
    return Change(change["field"], change["from"], change["to"], _uuid(change["from_id"]), _uuid(change["to_id"]))


def _uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None
