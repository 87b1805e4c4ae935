"""One run of a validation: know what licensing has said, read, judge, annotate, and record the verdict."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.validation.application.workbooks import Workbook, Workbooks
from services.validation.domain.stored_events import Event, stream_of
from services.validation.domain.validation.commands import Conclude, Verdict
from services.validation.domain.validation.decide import VALIDATION
from services.validation.domain.validation.directory_facts import DirectoryFacts
from services.validation.domain.validation.judgement import JudgedRow, judge, seats_for
from services.validation.domain.validation.sheet import Sheet, prepare
from services.validation.domain.validation.state import Pending, ValidationState
from services.validation.domain.validation.values import AnnotatedRef, Counts, File, FileFinding, ObjectRef
from services.validation.domain.validation.workbook import (
    AnnotationTarget,
    Reading,
    ReadingLimits,
    Unreadable,
)
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotations import AnnotationCollector
from services.validation.formats.column_records import columns_data
from services.validation.formats.reading.header import words
from services.validation.formats.row_records import RowsObject
from services.validation.read_models.directory.query import Directory
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.http import audit
from shared.http.daily_quota import DailyQuota
from shared.jobs.queue import Job, Retry
from shared.object_store.store import BlobMissing, Blobs
from shared.people import messages, presumed
from shared.people.columns import ColumnMapping, Headers, column_name
from shared.people.rules import Rules
from shared.workbooks.cells import column_letter
from shared.workbooks.errors import CannotPatch
from shared.workbooks.text_tables import CannotConvert

_UNKNOWN_COMPANY_SECONDS = 2.0
# There from the start, at 0: an alert sees the first one, too.
audit.EVENTS.labels("addresses_withheld", "file")
_MAPPING = TypeAdapter(ColumnMapping)
_NOTHING = Counts(rows=0, invite=0, change=0, unchanged=0, error=0)


@dataclass(frozen=True, slots=True)
class FileValidator:
    """Does the job `validate`. `catch_up` waits, a bounded time, until the directory knows all that was said of a
    company."""

    store: EventStore[Event]
    directory: Directory
    workbooks: Workbooks
    blobs: Blobs
    catch_up: Callable[[UUID], Awaitable[bool]]
    outsiders: DailyQuota

    async def __call__(self, job: Job) -> None:
        """Validates once, however often the job is done: the verdict counts for the run that it was asked for."""
        batch_id, run = str(job.payload["batch_id"]), int(job.payload["run"])
        state = await self._state(batch_id)
        if not isinstance(state, Pending) or state.run != run:
            return
        await self.catch_up(UUID(job.company_id))
        reached("validate.caught-up")
        verdict = await self.verdict(state)
        reached("validate.judged")

        async def conclude(tx: Transaction[Event]) -> None:
            context = replace(job.context, at=datetime.now(UTC))
            await tx.execute(VALIDATION, stream_of(batch_id), Conclude(run, verdict), context)
            await job.finish(tx.conn)
            reached("validate.finished")

        await self.store.run(conclude)

    async def _state(self, batch_id: str) -> ValidationState:
        return (await self.store.run(lambda tx: UnitOfWork(tx).load(VALIDATION, stream_of(batch_id)))).result.state

    async def verdict(self, state: Pending) -> Verdict:
        """What there is to say of the file. Raises Retry, and SandboxUnavailable."""
        company = await self.directory.company(state.company_id)
        if company is None:
            raise Retry(_UNKNOWN_COMPANY_SECONDS)
        rules = Rules(company.settings, company.domains)
        try:
            headers = Headers(company.settings, await self._mapping(state))
            async with self.workbooks.local(state.file.ref) as file:
                if state.corrections:
                    return await self._corrected(state, state.corrections, file, headers, rules)
                async with self.workbooks.as_workbook(file, headers) as workbook:
                    return await self._reviewed(state, workbook, headers, rules)
        except CannotConvert as refused:
            return self._refused(Unreadable("corrupt", str(refused)))
        except BlobMissing:
            return self._refused(Unreadable("corrupt", "it is no longer kept"))

    async def _mapping(self, state: Pending) -> ColumnMapping:
        return _MAPPING.validate_json(await self.blobs.get(state.mapping.ref)) if state.mapping else ColumnMapping()

    async def _corrected(
        self, state: Pending, corrections: ObjectRef, path: Path, headers: Headers, rules: Rules
    ) -> Verdict:
        """The verdict on the corrected file, which is the batch's from now on."""
        try:
            async with self.workbooks.corrected(path, await self.blobs.get(corrections.ref)) as (corrected, made):
                kept = await self.blobs.put(state.company_id, "original", made.workbook)
                rest = made.left_out and await self.blobs.put(state.company_id, "left-out", made.left_out)
                reached("validate.corrected")
                verdict = await self._reviewed(state, Workbook(corrected), headers, rules)
                return replace(
                    verdict,
                    file=File(state.file.name, kept.size, kept.sha256, kept.ref),
                    left_out=ObjectRef(rest.ref, rest.sha256) if rest else None,
                )
        except CannotPatch as refused:
            finding = FileFinding(code="not_corrected", message=messages.not_corrected(refused.reason))
            return Verdict(_NOTHING, (finding,))

    async def _reviewed(self, state: Pending, workbook: Workbook, headers: Headers, rules: Rules) -> Verdict:
        verdict, marked = await self._judged(state, workbook, headers, rules)
        # The rows are gone again by now: of 150,000 they take 300 MB.
        return await self._annotated(verdict, state, workbook.path, *marked) if marked else verdict

    def _refused(self, refused: Unreadable) -> Verdict:
        return Verdict(_NOTHING, (_unreadable(refused, self.workbooks.reading),))

    async def _judged(
        self, state: Pending, workbook: Workbook, headers: Headers, rules: Rules
    ) -> tuple[Verdict, tuple[AnnotationTarget, Sequence[Annotation]] | None]:
        """The verdict, and what has to be marked where in the workbook."""
        reading = await self.workbooks.read(workbook.path, headers)
        if isinstance(reading, Unreadable):
            header = reading.header
            columns = header and await self._keep(state, "columns", columns_data(header, headers))
            return replace(self._refused(reading), columns=columns), None
        columns = await self._keep(state, "columns", columns_data(reading.header, headers))
        # In threads: 150,000 rows take seconds, in which heartbeats and health must go on.
        sheet = await asyncio.to_thread(prepare, reading, headers, rules)
        facts = await self.directory.facts(state.company_id, sheet.asked_about(), sheet.managers_elsewhere())
        if errors := sheet.layout.errors:
            counts = replace(_NOTHING, rows=len(sheet.entries))
            return Verdict(counts, errors, sheet.warnings, seats_for(rules, facts), columns=columns), None
        rows, annotations = RowsObject(), AnnotationCollector(sheet, reading.columns)

        def keep(row: JudgedRow) -> None:
            rows.add(row)
            annotations.add(row)

        facts, withheld = await self._rationed(state, sheet, facts)
        judged = await asyncio.to_thread(judge, sheet, rules, facts, keep)
        if withheld:
            said = messages.addresses_withheld(self.outsiders.most)
            finding = FileFinding(code="addresses_withheld", message=said)
            judged = replace(judged, errors=(*judged.errors, finding))
        data = await asyncio.to_thread(rows.finish, _meta(reading, sheet, rules, workbook.delimiter))
        ref = await self._keep(state, "rows", data)
        reached("validate.rows-kept")
        verdict = Verdict(judged.counts, judged.errors, judged.warnings, judged.seats, ref, columns=columns)
        return verdict, None if judged.passed else (reading.target, annotations.of(judged))

    async def _keep(self, state: Pending, kind: str, data: bytes) -> ObjectRef:
        kept = await self.blobs.put(state.company_id, kind, data)
        return ObjectRef(ref=kept.ref, sha256=kept.sha256)

    async def _rationed(self, state: Pending, sheet: Sheet, facts: DirectoryFacts) -> tuple[DirectoryFacts, bool]:
        """What may be told today of people whom other companies have, and whether anything has to be withheld.

        Beyond the day's budget it is withheld of all new people alike, whether or not another company has them: else
        the difference would tell it. Who was told of today may be told of again, so that checking a file again costs
        nothing.
        """
        company = UUID(state.company_id)
        own = {entry.address.key for entry in sheet.entries if entry.address}
        taken, new = facts.elsewhere & own, own - facts.people.keys()
        if not (await self.outsiders.left(company)).more:
            told = (await self.outsiders.left(company, new)).told
            may, withheld = taken & told, not new <= told
        else:
            may = await self.outsiders.spend(company, taken)
            withheld = may != taken
        if may:
            audit.record("addresses_told", "file", count=len(may), company=state.company_id)
        if withheld:
            audit.record("addresses_withheld", "file", company=state.company_id)
        return replace(facts, elsewhere=facts.elsewhere - (taken - may)), withheld

    async def _annotated(
        self, verdict: Verdict, state: Pending, path: Path, target: AnnotationTarget, annotations: Sequence[Annotation]
    ) -> Verdict:
        """With the marked copy; or, where there can be none, with the reason as a warning: the list says it all."""
        try:
            data = await self.workbooks.annotate(path, target, annotations)
        except CannotPatch as refused:
            said = FileFinding(code="not_annotated", message=messages.not_annotated(refused.reason))
            return replace(verdict, warnings=(*verdict.warnings, said))
        stored = await self.blobs.put(state.company_id, "annotated", data)
        return replace(verdict, annotated=AnnotatedRef(ref=stored.ref, sha256=stored.sha256))


def _meta(reading: Reading, sheet: Sheet, rules: Rules, delimiter: str | None) -> dict[str, Any]:
    """What belongs to all rows: where they stand in the workbook, and by which settings they were judged. `place` is
    what writing corrections into the workbook needs to know, `fields` which column each field has, `full_name` the
    header of the column that has both names, `methodologies` their names by id."""
    columns = {column_letter(column.index): column.header for column in reading.columns}
    settings = presumed.digest(rules.company)
    fields = {column_name(key): reading.columns[at].index for key, at in sheet.layout.positions.items()}
    target = reading.target
    place = {
        "part": target.part,
        "header_row": target.header_row,
        "header_column": target.header_column,
        "free_column": target.free_column,
        "delimiter": delimiter,
    }
    return {
        "sheet": reading.sheet,
        "header_row": reading.header_row,
        "columns": columns,
        "settings": settings,
        "fields": fields,
        "place": place,
        "full_name": sheet.layout.full_name_header,
        "methodologies": {each.id: each.name for each in rules.company.methodologies},
    }


def _unreadable(refused: Unreadable, limits: ReadingLimits) -> FileFinding:
    named = words([column.header for column in refused.header.columns]) if refused.header else ()
    match refused.code:
        case "corrupt":
            message = messages.corrupt(refused.reason)
        case "too_many_rows":
            message = messages.too_many_rows(limits.rows)
        case "empty":
            message = messages.empty()
        case "email_column_missing":
            message = messages.email_column_missing(limits.header_within, named)
    return FileFinding(code=refused.code, message=message, columns=named)
