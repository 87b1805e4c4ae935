"""The rows of a batch's present review, page by page, read from the object that validation wrote."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.upload.batches.query import BatchQueries
from shared.blobs import BlobMissing, Blobs
from shared.blocks import BlockReader
from shared.http import DEFAULT_LIMIT, CountedPage, decode_cursor, encode_cursor
from shared.problems import Problem
from usher_contracts import FieldChange, RowValues
from usher_contracts import Finding as RowFinding

Filter = Literal["invite", "change", "unchanged", "error", "warning"]
_CODE = "code:"
_SCANNED = 4096
"""Records that a search looks through at a time."""


EXAMPLE: dict[str, JsonValue] = {
    "row": 7, "outcome": "error", "email": "ada@northwind.example", "values": {"first_name": "Ada"},
    "errors": [{
        "code": "reports_to_unknown", "column": "Reports To", "value": "bo@northwind.exmaple", "suggestion": None,
        "message": "Nobody has this address. Use the address of a user, or of a row of this file.",
    }],
    "warnings": [], "changes": [],
}  # fmt: skip


class Row(BaseModel):
    """One row of the file. `row` is its number as in the sheet; `column` of an error is the canonical name."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [EXAMPLE]})

    row: int
    outcome: Literal["invite", "change", "unchanged", "error"]
    email: str
    values: RowValues
    errors: list[RowFinding] = Field(default_factory=list)
    warnings: list[RowFinding] = Field(default_factory=list)
    changes: list[FieldChange] = Field(default_factory=list)


class RowPage(CountedPage[Row]):
    """Rows in the sheet's order; `total` counts all that the filters let through."""


class RowQueries:
    """Reads the rows of a company's batches."""

    def __init__(self, batches: BatchQueries, blobs: Blobs) -> None:
        self._batches = batches
        self._blobs = blobs

    async def page(
        self,
        company_id: str,
        batch_id: UUID,
        *,
        outcome: Filter | None = None,
        code: str | None = None,
        q: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> RowPage:
        """A page of rows with that outcome (`warning`: with a warning), with that error or warning code, with `q` in
        them. No rows before the validation. Problem 404 for an unknown batch, 422 for an unknown cursor."""
        after = decode_cursor(cursor, int)
        reader = await self._open(company_id, batch_id)
        if reader is None:
            return RowPage(items=[], next_cursor=None, total=0)
        chosen = _chosen(reader, [label for label in (outcome, code and _CODE + code) if label])
        if q and q.strip():
            chosen = await _search(reader, chosen, q)
        begin = 0 if after is None else bisect_right(chosen, after[0])
        records = await reader.records(chosen[begin : begin + limit])
        more = begin + limit < len(chosen)
        return RowPage(
            items=[Row.model_validate_json(data) for _, data in records],
            next_cursor=encode_cursor(records[-1][0]) if more and records else None,
            total=len(chosen),
        )

    async def _open(self, company_id: str, batch_id: UUID) -> BlockReader | None:
        batch = await self._batches.record(company_id, batch_id)
        if batch["rows_ref"] is None:
            return None
        try:
            return await BlockReader.open(self._blobs, batch["rows_ref"])
        except BlobMissing:
            raise Problem(404, "not_found", "The rows of this batch are no longer kept.") from None


def _chosen(reader: BlockReader, labels: Sequence[str]) -> Sequence[int]:
    """Ordinals of the records that carry all of the labels, rising."""
    if not labels:
        return range(reader.count)
    first, *others = (reader.labels.get(label, ()) for label in labels)
    if not others:
        return first
    among = [set(other) for other in others]
    return [ordinal for ordinal in first if all(ordinal in other for other in among)]


async def _search(reader: BlockReader, chosen: Sequence[int], q: str) -> Sequence[int]:
    """Those of `chosen` whose row has the words in its address, number or values, case not regarded."""
    wanted = q.strip().casefold()
    found: list[int] = []
    for start in range(0, len(chosen), _SCANNED):
        records = await reader.records(chosen[start : start + _SCANNED])
        found += [ordinal for ordinal, data in records if _has(data, wanted)]
    return found


def _has(data: bytes, wanted: str) -> bool:
    # The text of the whole record first: it is much cheaper to look through than its parts, and rules most out.
    if wanted not in data.decode().casefold() and '"' not in wanted and "\\" not in wanted:
        return False
    row = Row.model_validate_json(data)
    values = row.values.model_dump(exclude={"custom_fields"}).values()
    findings = (finding.value for finding in [*row.errors, *row.warnings])
    texts = [row.email, str(row.row), *values, *row.values.custom_fields.values(), *findings]
    return any(wanted in text.casefold() for text in texts if text)
