"""One run of a validation: know what licensing has said, read, judge, mark, and record the verdict."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.validation.decisions import VALIDATION, Conclude, Verdict
from services.validation.directory.query import Directory
from services.validation.marks import marks_of
from services.validation.reading import Reading, ReadingLimits, Unreadable, letter
from services.validation.records import rows_object
from services.validation.rules import Judgement, judge, seats_for
from services.validation.sheet import Sheet, prepare
from services.validation.validation import Event, Pending, Validation, stream_of
from services.validation.workbook import Workbooks
from shared.blobs import BlobMissing, Blobs
from shared.crash_points import reached
from shared.event_store import EventStore, Transaction
from shared.jobs import Job, Retry
from shared.people import messages
from shared.people.columns import Headers
from shared.people.rules import Rules
from usher_contracts import AnnotatedRef, Counts, FileFinding, ObjectRef

_UNKNOWN_COMPANY_SECONDS = 2.0
_NOTHING = Counts(rows=0, invite=0, change=0, unchanged=0, error=0)


@dataclass(frozen=True, slots=True)
class Validator:
    """Does the job `validate`. `catch_up` waits, a bounded time, until the directory knows all that was said."""

    store: EventStore[Event]
    directory: Directory
    workbooks: Workbooks
    blobs: Blobs
    catch_up: Callable[[], Awaitable[bool]]

    async def __call__(self, job: Job) -> None:
        """Validates once, however often the job is done: the verdict counts for the run that it was asked for."""
        batch_id, run = str(job.payload["batch_id"]), int(job.payload["run"])
        state = await self._state(batch_id)
        if not isinstance(state, Pending) or state.run != run:
            return
        await self.catch_up()
        reached("validate.caught-up")
        verdict = await self._verdict(state)
        reached("validate.judged")

        async def conclude(tx: Transaction[Event]) -> None:
            context = replace(job.context, at=datetime.now(UTC))
            await tx.execute(VALIDATION, stream_of(batch_id), Conclude(run, verdict), context)
            await job.finish(tx.conn)
            reached("validate.finished")

        await self.store.run(conclude)

    async def _state(self, batch_id: str) -> Validation:
        history = (await self.store.run(lambda tx: tx.load(stream_of(batch_id)))).result
        return VALIDATION.fold(recorded.event for recorded in history)

    async def _verdict(self, state: Pending) -> Verdict:
        company = await self.directory.company(state.company_id)
        if company is None:
            raise Retry(_UNKNOWN_COMPANY_SECONDS)
        headers, rules = Headers(company.settings), Rules(company.settings, company.domains)
        try:
            async with self.workbooks.local(state.file.ref) as path:
                match await self.workbooks.read(path, headers):
                    case Unreadable() as refused:
                        return self._refused(refused)
                    case Reading() as reading:
                        return await self._judged(state, path, reading, headers, rules)
        except BlobMissing:
            return self._refused(Unreadable("corrupt", "it is no longer kept"))

    def _refused(self, refused: Unreadable) -> Verdict:
        return Verdict(_NOTHING, (_unreadable(refused, self.workbooks.reading),))

    async def _judged(self, state: Pending, path: Path, reading: Reading, headers: Headers, rules: Rules) -> Verdict:
        # In threads: 150,000 rows take seconds, in which heartbeats and health must go on.
        sheet = await asyncio.to_thread(prepare, reading, headers, rules)
        known = await self.directory.known(state.company_id, sheet.asked_about(), sheet.managers_elsewhere())
        if errors := sheet.layout.errors:
            counts = _NOTHING.model_copy(update={"rows": len(sheet.entries)})
            return Verdict(counts, errors, sheet.warnings, seats_for(known, 0))
        if not sheet.entries:
            return Verdict(_NOTHING, (FileFinding(code="empty", message=messages.empty()),), sheet.warnings)
        judged = await asyncio.to_thread(judge, sheet, rules, known)
        data = await asyncio.to_thread(rows_object, judged.rows, _meta(reading))
        rows = await self.blobs.put(state.company_id, "rows", data)
        reached("validate.rows-kept")
        annotated = None if judged.passed else await self._annotated(state, path, reading, sheet, judged)
        ref = ObjectRef(ref=rows.ref, sha256=rows.sha256)
        return Verdict(judged.counts, judged.errors, judged.warnings, judged.seats, ref, annotated)

    async def _annotated(
        self, state: Pending, path: Path, reading: Reading, sheet: Sheet, judged: Judgement
    ) -> AnnotatedRef | None:
        marks = await asyncio.to_thread(marks_of, judged, sheet, reading)
        data = await self.workbooks.annotate(path, reading.place, marks)
        if data is None:
            return None
        stored = await self.blobs.put(state.company_id, "annotated", data)
        return AnnotatedRef(ref=stored.ref, sha256=stored.sha256)


def _meta(reading: Reading) -> dict[str, Any]:
    """What belongs to all rows: where they stand in the workbook."""
    columns = {letter(column.index): column.header for column in reading.columns}
    return {"sheet": reading.sheet, "header_row": reading.header_row, "columns": columns}


def _unreadable(refused: Unreadable, limits: ReadingLimits) -> FileFinding:
    match refused.code:
        case "corrupt":
            message = messages.corrupt(refused.reason)
        case "too_many_rows":
            message = messages.too_many_rows(limits.rows)
        case "empty":
            message = messages.empty()
        case "email_column_missing":
            message = messages.email_column_missing(limits.header_within)
    return FileFinding(code=refused.code, message=message)
