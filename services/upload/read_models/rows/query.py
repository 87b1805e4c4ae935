"""The rows of a batch's present review, read from the object that validation wrote."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from pydantic import BaseModel

from services.upload.messages import ROWS_GONE
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.rows.changed_errors import ChangedErrors, Comparisons
from services.upload.read_models.rows.problems import GroupBy, ProblemPage, Problems
from services.upload.read_models.rows.view import Row, RowFilter, RowPage
from shared.http.pagination import DEFAULT_LIMIT, decode_cursor, encode_cursor
from shared.object_store.row_blocks import BlockReader
from shared.object_store.store import BlobMissing, Blobs
from shared.people.address import compare_form
from shared.people.identity import invited_id
from usher_contracts import Presumption

CODE = "code:"
"""Before an error's or a warning's code, in the labels of a row."""
_SCANNED = 4096
"""Records that are read at a time: some megabytes, and half a second at most of a thread."""

Records = Sequence[tuple[int, bytes]]


class _Presuming(BaseModel):
    presumes: Presumption | None = None


@dataclass(frozen=True, slots=True)
class BatchRows:
    """The rows of one review. `applied`: the batch was carried out, and whom it invited are users now."""

    reader: BlockReader
    batch_id: UUID
    applied: bool = False

    @property
    def of_undo(self) -> bool:
        """Whether they say what an undo comes to."""
        return self.reader.meta.get("kind") == "undo"

    @property
    def sheet(self) -> str | None:
        """The sheet that counted."""
        found = self.reader.meta.get("sheet")
        return found if isinstance(found, str) else None

    @property
    def codes(self) -> set[str]:
        """The codes of errors and warnings that any row carries."""
        return {label.removeprefix(CODE) for label in self.reader.labels if label.startswith(CODE)}

    def labelled(self, *labels: str) -> Sequence[int]:
        """Ordinals of the rows that carry all of these labels, rising; without any, of all rows."""
        if not labels:
            return range(self.reader.count)
        first, *others = (self.reader.labels.get(label, ()) for label in labels)
        return sorted(set(first).intersection(*others)) if others else first

    def with_a_code(self, codes: Collection[str]) -> Sequence[int]:
        """Ordinals of the rows that carry one of these codes, rising."""
        of_each = [found for code in codes if (found := self.reader.labels.get(CODE + code))]
        return of_each[0] if len(of_each) == 1 else sorted(set[int]().union(*of_each))

    async def matching(self, ordinals: Sequence[int], word: str) -> Sequence[int]:
        """Those whose row has the word in what is shown of it, case not regarded."""
        term = _SearchTerm.of(word)
        found: list[int] = []
        async for records in self._portions(ordinals):
            found += await asyncio.to_thread(term.among, records)
        return found

    async def rows(self, ordinals: Sequence[int]) -> list[Row]:
        """The rows in these places."""
        found: list[Row] = []
        async for records in self._portions(ordinals):
            found += await asyncio.to_thread(self._rows, records)
        return found

    def records(self) -> AsyncGenerator[Records]:
        """All rows as they are stored, a portion at a time: to read many of them belongs into a thread."""
        return self._portions(range(self.reader.count))

    async def user_ids(self, label: str) -> set[UUID]:
        """The users of all rows with that label."""
        return {row.user_id for row in await self.rows(self.labelled(label)) if row.user_id}

    async def _portions(self, ordinals: Sequence[int]) -> AsyncGenerator[Records]:
        """The records in these places, so many at a time. What is done with them belongs into a thread: a row takes a
        sixth of a millisecond, and meanwhile the loop would do nothing for anybody."""
        for start in range(0, len(ordinals), _SCANNED):
            yield await self.reader.records(ordinals[start : start + _SCANNED])

    def _rows(self, records: Records) -> list[Row]:
        return [self._row(data) for _, data in records]

    def _row(self, data: bytes) -> Row:
        row = Row.model_validate_json(data)
        if self.of_undo:
            return row
        if row.outcome == "invite":
            known = invited_id(self.batch_id, compare_form(row.email)) if self.applied else None
        else:
            presumes = _Presuming.model_validate_json(data).presumes
            known = UUID(presumes.user_id) if presumes and presumes.user_id else None
        return row.model_copy(update={"user_id": known})


@dataclass(frozen=True, slots=True)
class _SearchTerm:
    """A word that is looked for in rows, case not regarded; `written` as it stands in a record."""

    word: str
    written: str

    @staticmethod
    def of(word: str) -> "_SearchTerm":
        word = word.strip()
        return _SearchTerm(word.casefold(), orjson.dumps(word).decode()[1:-1].casefold())

    def among(self, records: Records) -> list[int]:
        """Ordinals of those that have it in what is shown of them."""
        return [ordinal for ordinal, data in records if self._is_in(data)]

    def _is_in(self, data: bytes) -> bool:
        # The text of the whole record first: to look through it costs a twentieth of reading it, and rules most out.
        if self.written not in data.decode().casefold():
            return False
        row = Row.model_validate_json(data)
        values = row.values.model_dump(exclude={"custom_fields"}).values()
        texts = [row.email, str(row.row), *values, *row.values.custom_fields.values()]
        for finding in (*row.errors, *row.warnings):
            texts += [finding.column, finding.value, finding.message, finding.suggestion]
        return any(self.word in text.casefold() for text in texts if text)


class RowQueries:
    """Reads the rows of a company's batches."""

    def __init__(self, batches: BatchQueries, blobs: Blobs) -> None:
        self._batches = batches
        self._blobs = blobs
        self._comparisons = Comparisons()

    async def page(
        self,
        company_id: str,
        batch_id: UUID,
        *,
        outcome: RowFilter | None = None,
        code: str | None = None,
        q: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> RowPage:
        """A page of rows with that outcome (`warning`: with a warning), with that error or warning code, with `q` in
        them. No rows before the validation. Problem 404 for an unknown batch, 422 for an unknown cursor."""
        after = decode_cursor(cursor, int)
        book = await self._kept_book(company_id, batch_id)
        if book is None:
            return RowPage(items=[], next_cursor=None, total=0)
        chosen = book.labelled(*(label for label in (outcome, code and CODE + code) if label))
        if q and q.strip():
            chosen = await book.matching(chosen, q)
        begin = 0 if after is None else bisect_right(chosen, after[0])
        shown = chosen[begin : begin + limit]
        return RowPage(
            items=await book.rows(shown),
            next_cursor=encode_cursor(shown[-1]) if begin + limit < len(chosen) else None,
            total=len(chosen),
        )

    async def problems(
        self, company_id: str, batch_id: UUID, by: GroupBy, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> ProblemPage:
        """The errors in groups, those of most rows first; none before the validation. Problem 404 for an unknown batch,
        422 for an unknown cursor."""
        after = decode_cursor(cursor, int)
        begin = 0 if after is None else max(0, after[0])
        book = await self._kept_book(company_id, batch_id)
        nested = await book.reader.nested("problems") if book else None
        if nested is None:
            return ProblemPage(items=[], next_cursor=None)
        problems = Problems(nested)
        if by == "value":
            items, count = [group.summary() for group in await problems.groups(begin, limit)], problems.count
        else:
            sums = problems.sums(by)
            items, count = list(sums[begin : begin + limit]), len(sums)
        end = begin + limit
        return ProblemPage(items=items, next_cursor=encode_cursor(end) if end < count else None)

    async def changed_errors(self, company_id: str, batch_id: UUID, replaced: UUID) -> ChangedErrors | None:
        """What has become of the errors of the batch that this one replaced; None where either has no review, or one
        that is no longer kept. Problem 404 for an unknown batch."""
        found = list[tuple[str, Problems | None]]()
        for each in (replaced, batch_id):
            try:
                book = await self.book(company_id, each)
            except BlobMissing:
                return None
            if book is None:
                return None
            nested = await book.reader.nested("problems")
            found.append((book.reader.ref, Problems(nested) if nested else None))
        (before_ref, before), (now_ref, now) = found
        return await self._comparisons.of((before_ref, now_ref), before, now)

    async def _kept_book(self, company_id: str, batch_id: UUID) -> BatchRows | None:
        try:
            return await self.book(company_id, batch_id)
        except BlobMissing:
            raise ROWS_GONE() from None

    async def book(self, company_id: str, batch_id: UUID) -> BatchRows | None:
        """The rows; None before the validation, and for a file that could not be read. Problem 404 for an unknown
        batch. Raises BlobMissing where they are no longer kept."""
        batch = await self._batches.record(company_id, batch_id)
        if batch["rows_ref"] is None:
            return None
        reader = await BlockReader.open(self._blobs, batch["rows_ref"])
        return BatchRows(reader, batch_id, applied=batch["processed"] is not None or batch["completed"] is not None)
