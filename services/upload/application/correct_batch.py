"""Correcting a batch: its draft of corrections is changed, forgotten, or made the next batch, which replaces it."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

import orjson
import structlog
from uuid_utils.compat import uuid7

from services.upload.application.actors import person
from services.upload.application.command_bus import of_batch
from services.upload.application.map_columns import hold_columns, keep
from services.upload.application.upload_file import NewBatch, record
from services.upload.domain.batch.events import File, ObjectRef
from services.upload.domain.corrections.commands import (
    ApplyCorrections,
    ChangeCorrections,
    CorrectionsCommand,
    ForgetCorrections,
    Sheet,
    Subject,
    Wanted,
)
from services.upload.domain.corrections.decide import CORRECTIONS, outcome, require_known
from services.upload.domain.corrections.events import ALL
from services.upload.domain.corrections.state import Draft, Old, Suggestion, ranges_of
from services.upload.domain.corrections.value_check import AboutRow
from services.upload.domain.refusals import CorrectionRefused
from services.upload.domain.stored_events import Event, corrections_stream
from services.upload.read_models.batches.query import in_transaction, view
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.columns.query import MAPPING
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.corrections.query import MAX_CELLS, CorrectedReview, CorrectionQueries, about
from services.upload.read_models.corrections.view import Corrections
from services.upload.read_models.rows.query import CODE
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.standing.query import UserStanding
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction, VersionConflict
from shared.eventsourcing.events import Context
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.http.auth import Principal
from shared.http.idempotency import Answer, Call, fingerprint, once
from shared.http.problem_types import NOT_NOW
from shared.http.problems import unavailable
from shared.object_store.store import Blobs
from shared.people.address import compare_form
from shared.people.columns import FULL_NAME_COLUMN, STANDARD, ColumnMapping
from shared.people.profile import EMAIL

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")
_TRIES = 8
_READ = 4096
_EMAIL = STANDARD[EMAIL]
_DUPLICATE = "email_duplicate"


class CorrectBatch:
    """The use cases. `max_cells` is what a draft may correct beside replacements, and how many of these it may have."""

    def __init__(
        self,
        store: EventStore[Event],
        blobs: Blobs,
        corrections: CorrectionQueries,
        companies: CompanyQueries,
        standing: UserStanding,
        max_cells: int = MAX_CELLS,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._corrections = corrections
        self._companies = companies
        self._standing = standing
        self._max_cells = max_cells

    async def show(self, who: Principal, batch_id: UUID) -> Corrections:
        """The draft. Problem 404 for an unknown batch."""
        return await self._corrections.show(await self._corrections.review(who.company, batch_id))

    async def change(self, who: Principal, context: Context, batch_id: UUID, wanted: Wanted) -> None:
        """Puts what is wanted into the draft. Raises Problem 404, and CorrectionRefused."""

        async def attempt() -> None:
            review = await self._corrections.review(who.company, batch_id)
            command = await self._changed(who, review, wanted)
            await self._decide(who, context, batch_id, review, command)

        await _again(attempt)

    async def forget(self, who: Principal, context: Context, batch_id: UUID) -> None:
        """Throws the draft away. Raises Problem 404, and CorrectionRefused."""

        async def attempt() -> None:
            review = await self._corrections.review(who.company, batch_id)
            await self._decide(who, context, batch_id, review, ForgetCorrections(person(who), _subject(review.batch)))

        await _again(attempt)

    async def apply(
        self, who: Principal, context: Context, batch_id: UUID, seen: int | None = None, key: str | None = None
    ) -> Batch:
        """Makes the corrected file the next batch, which is to be validated. The same `key` gets the first answer
        again.

        Raises Problem 403 `plan_required`, `deactivated` or `forbidden`, 404, 422 `idempotency_key_reused`;
        CorrectionRefused, and `Refused` where another batch was quicker to replace it.
        """
        await self._companies.require_plus(who.company, fresh=True)
        await self._standing.require_still_in(who)
        call = Call(
            who.company,
            f"POST /api/v1/batches/{batch_id}/corrections/apply",
            key,
            fingerprint(None if seen is None else str(seen)),
        )

        async def attempt() -> Batch:
            review = await self._corrections.review(who.company, batch_id)
            kept = await self._kept(who, review)
            new, looked_at = uuid7(), review.batch.review if seen is None else seen

            async def work(tx: Transaction[Event]) -> Batch:
                async def effects() -> Answer:
                    subject = await _present(tx, who, batch_id)
                    command = ApplyCorrections(person(who), subject, str(new), looked_at)
                    await self._append(tx, context, batch_id, review, command)
                    if kept is None:
                        raise CorrectionRefused("not_correctable", subject.status)
                    batch = NewBatch(new, who, context, kept.file, batch_id, kept.corrections, kept.columns)
                    return Answer(202, body=(await record(tx, batch)).model_dump_json().encode())

                return Batch.model_validate_json((await once(tx.conn, call, effects)).body)

            batch = (await self._store.run(work)).result
            reached("corrections.applied")
            log.info("batch", does="ApplyCorrections", batch_id=str(batch.id), replaces=str(batch_id))
            return batch

        return await _again(attempt)

    async def _changed(self, who: Principal, review: CorrectedReview, wanted: Wanted) -> ChangeCorrections:
        draft, sheet, subject = review.draft.draft, review.sheet, _subject(review.batch)
        if sheet is None:
            # Whatever the status: a verdict may come before it is decided, and what the sheet has is not known.
            raise CorrectionRefused("not_correctable", subject.status)
        olds = {*draft.replacements, *((each.column, each.old) for each in wanted.replacements)}
        suggestions = await sheet.problems.suggestions() if wanted.accept or draft.accepted else []
        accept = wanted.accept if any(wanted.accept in (ALL, each.code) for each in suggestions) else None
        columns, found = review.check.columns | sheet.fields.keys(), await sheet.found(list(olds))
        left_out = wanted.left_out
        if wanted.leave_out_also or wanted.take_back:
            left_out = ((draft.left_out if left_out is None else left_out) | wanted.leave_out_also) - wanted.take_back
        command = ChangeCorrections(
            person(who),
            subject,
            Sheet(sheet.numbers, columns, found, suggestions),
            subject.review if wanted.seen is None else wanted.seen,
            wanted.cells,
            wanted.replacements,
            left_out,
            self._max_cells,
            accept,
        )
        require_known(command)
        _, after = outcome(command, draft)
        wrong = await wrong_still(review, sheet, after, found, suggestions)
        if wanted.leave_out_errors:
            return replace(command, left_out=after.left_out | wrong, still_wrong=0)
        return replace(command, still_wrong=len(wrong - after.left_out))

    async def _decide(
        self, who: Principal, context: Context, batch_id: UUID, review: CorrectedReview, command: CorrectionsCommand
    ) -> None:
        async def work(tx: Transaction[Event]) -> None:
            await hold_columns(tx, batch_id, shared=True)
            present = await _present(tx, who, batch_id)
            await self._append(tx, context, batch_id, review, replace(command, subject=present))

        await self._store.run(work)
        log.info("corrections", does=type(command).__name__, batch_id=str(batch_id))

    async def _append(
        self,
        tx: Transaction[Event],
        context: Context,
        batch_id: UUID,
        review: CorrectedReview,
        command: CorrectionsCommand,
    ) -> None:
        """On the draft that was looked at: where another admin was quicker, all is looked at again."""
        work, seen = UnitOfWork(tx), review.draft
        draft = work.track(CORRECTIONS, corrections_stream(str(batch_id)), seen.draft, seen.version)
        draft.decide(command, of_batch(context, batch_id))
        try:
            await work.flush()
        except VersionConflict:
            raise _Overtaken from None

    async def _kept(self, who: Principal, review: CorrectedReview) -> "_Kept | None":
        """The corrections as an object; None where there is nothing to correct."""
        draft, sheet = review.draft.draft, review.sheet
        if draft.empty or sheet is None:
            return None
        suggestions = await sheet.problems.suggestions() if draft.accepted else []
        corrected = draft.corrected(await sheet.found(list(draft.replacements)), suggestions)
        data = orjson.dumps(written(sheet, corrected, draft.left_out))
        ref = await self._blobs.put(who.company, "corrections", data)
        reached("corrections.kept")
        return _Kept(review.file, ObjectRef(ref.ref, ref.sha256), await self._columns(who, review, sheet))

    async def _columns(self, who: Principal, review: CorrectedReview, sheet: ReviewedSheet) -> ObjectRef | None:
        """What was said of columns. A column with both names goes on being one, also where corrections put others
        beside it."""
        full, kept = sheet.book.reader.meta.get("full_name"), review.mapping_ref
        mapping = MAPPING.validate_json(await self._blobs.get(kept)) if kept else ColumnMapping()
        if full:
            mapping = replace(mapping, chosen={**mapping.chosen, full: FULL_NAME_COLUMN})
        return await keep(self._blobs, who.company, mapping) if mapping.chosen or mapping.remembered else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file that is corrected, how, and what was said of its columns."""

    file: File
    corrections: ObjectRef
    columns: ObjectRef | None


def written(
    sheet: ReviewedSheet, corrected: Mapping[str, Mapping[int, str]], left_out: Collection[int]
) -> dict[str, object]:
    """The corrections as validation reads them: columns by their place, values with their rows. A column that the sheet
    has not got is put behind the others; without room for it the batch is not correctable."""
    free, columns = sheet.place["free_column"], list[dict[str, object]]()
    for name, cells in corrected.items():
        by_value = dict[str, list[int]]()
        for row, value in cells.items():
            by_value.setdefault(value, []).append(row)
        column: dict[str, object] = {
            "index": sheet.fields.get(name, free),
            "values": [{"value": value, "rows": ranges_of(rows)} for value, rows in by_value.items()],
        }
        if name not in sheet.fields:
            if free is None:
                raise CorrectionRefused("unknown_column", "needs_correction", column=name)
            column["header"], free = name, free + 1
        columns.append(column)
    others = [row for row in sheet.numbers if row not in left_out] if left_out else []
    return {
        "part": sheet.place["part"],
        "header_row": sheet.place["header_row"],
        "header_column": sheet.place["header_column"],
        "columns": columns,
        "left_out": ranges_of(left_out),
        "others": ranges_of(others),
        "delimiter": sheet.place.get("delimiter"),
    }


async def wrong_still(
    review: CorrectedReview,
    sheet: ReviewedSheet,
    after: Draft,
    found: Mapping[Old, Collection[int]],
    suggestions: Collection[Suggestion] = (),
) -> frozenset[int]:
    """The rows that are wrong still, whether or not they are left out: those with an error that nobody has corrected,
    or that the correction has itself. What validation suggests it has no objection to."""
    check = review.check
    corrected = after.corrected(found, suggestions)
    rows = await sheet.rows(row for row, _ in after.cells)
    accepted = {(row, each.column) for each, taken in after.taken(suggestions) for row in taken}
    replaced = {(column, new) for (column, _), new in after.replacements.items()}
    good_for_new, good_for_user = (
        {each for each in replaced if not check.errors(*each, AboutRow("", new=new))} for new in (True, False)
    )
    only_for_user = good_for_user - good_for_new
    of_users = await _of_users(
        sheet,
        (
            row
            for column, values in corrected.items()
            for row, value in values.items()
            if (column, value) in only_for_user and (row, column) not in after.cells
        ),
    )
    fine = dict[str, set[int]]()
    for column, values in corrected.items():
        for row, value in values.items():
            if (row, column) in accepted:
                good = True
            elif (row, column) in after.cells:
                good = not check.errors(column, value, about(rows.get(row)))
            else:
                good = (column, value) in (good_for_user if row in of_users else good_for_new)
            if good:
                fine.setdefault(column, set()).add(row)
    alone, shared = await _alone_and_shared(sheet, after.left_out, corrected.get(_EMAIL, {}))
    fine[_EMAIL] = (fine.get(_EMAIL, set()) | alone) - shared
    corrected_badly = {row for row, column in after.cells if row not in fine.get(column, ()) and row in sheet.numbers}
    return frozenset(sheet.wrong(fine) | corrected_badly)


async def _of_users(sheet: ReviewedSheet, rows: Iterable[int]) -> set[int]:
    """Those of the rows that are about somebody who is there already. So many are read at a time as are kept easily."""
    numbers, found = sorted(set(rows)), set[int]()
    for start in range(0, len(numbers), _READ):
        portion = await sheet.rows(numbers[start : start + _READ])
        found.update(number for number, row in portion.items() if not about(row).new)
    return found


async def _alone_and_shared(
    sheet: ReviewedSheet, left_out: Collection[int], corrected: Mapping[int, str]
) -> tuple[set[int], set[int]]:
    """Of the rows whose address stood in several: those where it stands alone by now, as the others are left out or
    have another one, and nothing else is wrong with it; and those whose address several have still, or again."""
    if CODE + _DUPLICATE not in sheet.book.reader.labels:
        return set(), set()
    addresses, otherwise = dict[int, str](), set[int]()
    for group in await sheet.problems.of_column(_EMAIL):
        if group.code != _DUPLICATE:
            otherwise.update(group.rows)
        elif group.value:
            addresses |= dict.fromkeys(group.rows, compare_form(group.value))
    addresses |= {row: compare_form(value) for row, value in corrected.items()}
    holders = dict[str, set[int]]()
    for row, address in addresses.items():
        if row not in left_out:
            holders.setdefault(address, set()).add(row)
    alone = {row for rows in holders.values() if len(rows) == 1 for row in rows}
    shared = {row for rows in holders.values() if len(rows) > 1 for row in rows}
    return alone - corrected.keys() - otherwise, shared


def _subject(batch: Batch) -> Subject:
    return Subject(batch.status, batch.review)


async def _present(tx: Transaction[Event], who: Principal, batch_id: UUID) -> Subject:
    return _subject(view(await in_transaction(tx.conn, who.company, batch_id)))


class _Overtaken(Exception):
    """Another admin corrected something since the draft was read. No VersionConflict, on which the store would do the
    same on the same draft again: that has to be read anew."""


async def _again(attempt: Callable[[], Awaitable[T]]) -> T:
    """Does it, and does it again where another admin corrected something meanwhile. Problem 503 where always somebody
    did."""
    for _ in range(_TRIES):
        try:
            return await attempt()
        except _Overtaken:
            continue
    raise unavailable(NOT_NOW)
