"""Mapping columns: an admin says what the columns of a file are, for this file and for later ones."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import structlog

from services.upload.application.actors import person
from services.upload.application.command_bus import BatchCall, CommandBus
from services.upload.domain.batch import commands
from services.upload.domain.batch.events import ObjectRef
from services.upload.domain.column_mappings.commands import (
    Asked,
    ColumnChoice,
    ColumnMappingsCommand,
    ForgetColumnMappings,
    RememberColumns,
    ReplaceColumnMappings,
)
from services.upload.domain.column_mappings.decide import COLUMN_MAPPINGS
from services.upload.domain.column_mappings.state import ColumnMappings
from services.upload.domain.corrections.events import CorrectionsEvent
from services.upload.domain.corrections.state import Draft, fold
from services.upload.domain.refusals import CORRECTABLE, ColumnsRefused, Refused
from services.upload.domain.stored_events import Event, column_mappings_stream, corrections_stream
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.batches.view import Batch
from services.upload.read_models.columns.query import MAPPING, ColumnQueries
from services.upload.read_models.columns.view import SheetColumn, SheetColumns
from services.upload.read_models.companies.query import CompanyQueries, company_settings
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.object_store.store import Blobs
from shared.people.columns import FULL_NAME, ColumnMapping, Headers, column_name, header_key, shown_header
from shared.people.model import CompanySettings
from shared.people.profile import FIRST_NAME, LAST_NAME

log = structlog.stdlib.get_logger(__name__)


class MapColumns:
    """The use cases."""

    def __init__(
        self,
        store: EventStore[Event],
        bus: CommandBus,
        blobs: Blobs,
        batches: BatchQueries,
        columns: ColumnQueries,
        companies: CompanyQueries,
    ) -> None:
        self._store = store
        self._bus = bus
        self._blobs = blobs
        self._batches = batches
        self._columns = columns
        self._companies = companies

    async def show(self, who: Principal, batch_id: UUID) -> SheetColumns:
        """What the columns of the file are. Problem 404 for an unknown batch."""
        return await self._columns.of(dict(await self._batches.record(who.company, batch_id)))

    async def choose(
        self, who: Principal, context: Context, batch_id: UUID, choice: ColumnChoice, key: str | None = None
    ) -> Batch:
        """Has the file checked anew with its columns read so. Raises as the command bus does (`review_changed`,
        `not_ready`, `already_confirmed`, `cancelled`, `superseded`), and ColumnsRefused: `corrections_open` too, for
        the cells of a draft would go on into other columns."""
        record = dict(await self._batches.record(who.company, batch_id))
        sheet, before = await self._columns.of(record), await self._columns.mapping(record)
        headers = Headers(await self._settings(who))
        seen = record["review"] if choice.review is None else choice.review
        refused: ColumnsRefused | Refused | None = None
        chosen: dict[str, str | None] = {}
        try:
            if record["status"] == "validating":
                chosen = repeated(choice.columns, before.chosen, headers)
            else:
                chosen = resolved(choice.columns, sheet.columns, headers)
        except (ColumnsRefused, Refused) as why:
            refused = why
        ref = await keep(self._blobs, who.company, ColumnMapping({**before.chosen, **chosen}, before.remembered))
        reached("columns.kept")

        async def allowed(tx: Transaction[Event], batch: Batch) -> None:
            # What was refused must not be decided where the decider compares: it would be what was said before. Of a
            # batch that cannot be read anew the command bus says why.
            if batch.status == "validating":
                if refused:
                    raise _not_ready()
            elif batch.status not in CORRECTABLE or seen != batch.review:
                return
            elif refused:
                raise refused
            elif _differs(sheet.columns, chosen) and not (await _draft(tx, batch_id)).empty:
                raise ColumnsRefused("corrections_open")
            if choice.remember:
                await _execute(tx, who, context, RememberColumns(person(who), chosen))

        command = commands.ChooseColumns(person(who), ref, seen)
        said = repr((sorted(choice.columns.items(), key=repr), choice.review, choice.remember))
        return await self._bus.execute(command, BatchCall(who, context, batch_id, "columns", key, said), allowed)

    async def remembered(self, who: Principal) -> ColumnMappings:
        """What the company remembers."""
        return await self._columns.remembered(who.company)

    async def replace(self, who: Principal, context: Context, columns: Asked) -> ColumnMappings:
        """Remembers this and nothing else. Raises ColumnsRefused."""
        headers = Headers(await self._settings(who))
        named = {shown_header(header): _named(name, headers) for header, name in columns.items()}
        for header in named:
            if not header_key(header):
                raise ColumnsRefused("unknown_column", header)
        return await self._run(who, context, ReplaceColumnMappings(person(who), named))

    async def forget(self, who: Principal, context: Context) -> None:
        """Remembers nothing any more."""
        await self._run(who, context, ForgetColumnMappings(person(who)))

    async def _run(self, who: Principal, context: Context, command: ColumnMappingsCommand) -> ColumnMappings:
        state = (await self._store.run(lambda tx: _execute(tx, who, context, command))).result
        log.info("column mappings", does=type(command).__name__)
        return state

    async def _settings(self, who: Principal) -> CompanySettings:
        company = await self._companies.find(who.company)
        return company_settings(company) if company else CompanySettings("")


async def _execute(
    tx: Transaction[Event], who: Principal, context: Context, command: ColumnMappingsCommand
) -> ColumnMappings:
    return (await tx.execute(COLUMN_MAPPINGS, column_mappings_stream(who.company), command, context)).state


async def hold_columns(tx: Transaction[Event], batch_id: UUID, *, shared: bool = False) -> None:
    """Until the transaction ends no columns are chosen while somebody, with others who share it, changes the draft."""
    await tx.lock(f"columns-{batch_id}", shared=shared)


async def _draft(tx: Transaction[Event], batch_id: UUID) -> Draft:
    await hold_columns(tx, batch_id)
    history = await tx.load(corrections_stream(str(batch_id)), 0)
    return fold(each.event for each in history if isinstance(each.event, CorrectionsEvent))


async def keep(blobs: Blobs, company_id: str, mapping: ColumnMapping) -> ObjectRef:
    """Keeps what was said of columns as the object that validation reads a sheet by."""
    kept = await blobs.put(company_id, "column-mapping", MAPPING.dump_json(mapping))
    return ObjectRef(kept.ref, kept.sha256)


def resolved(asked: Asked, columns: Sequence[SheetColumn], headers: Headers) -> dict[str, str | None]:
    """What is asked for by the sheet's own headers and the fields' canonical names. Raises ColumnsRefused: for a header
    or a field that there is none of, and for two columns that would mean the same field."""
    chosen = {
        _found(header, [each.header for each in columns]): _named(name, headers) for header, name in asked.items()
    }
    before = [(column.header, column.field) for column in columns]
    after = [(header, chosen.get(header, field)) for header, field in before]
    claimed, known = _claims(after), _claims(before)
    for name, count in claimed.items():
        if count > 1 and not (count <= known[name] and _supplements(before)):
            raise ColumnsRefused("duplicate_column", name)
    return chosen


def repeated(asked: Asked, said: Mapping[str, str | None], headers: Headers) -> dict[str, str | None]:
    """What is asked for while the file is being checked, where it was said before and is what it is checked by. Raises
    Refused for anything else: what the columns are is not known until then."""
    try:
        chosen = {_found(header, said): _named(name, headers) for header, name in asked.items()}
    except ColumnsRefused:
        raise _not_ready() from None
    if chosen.items() <= said.items():
        return chosen
    raise _not_ready()


def _not_ready() -> Refused:
    return Refused("not_ready", "choose_columns", "validating")


def _differs(columns: Sequence[SheetColumn], chosen: Mapping[str, str | None]) -> bool:
    return any(chosen.get(column.header, column.field) != column.field for column in columns)


def _supplements(columns: Sequence[tuple[str, str | None]]) -> bool:
    """Whether a sheet has both names in one column, and one of them in another: as corrections make it."""
    fields = Counter(field for _, field in columns if field)
    return fields[column_name(FULL_NAME)] == 1 and max(fields.values()) == 1


def _claims(columns: Sequence[tuple[str, str | None]]) -> Counter[str]:
    names = [column_name(FIRST_NAME), column_name(LAST_NAME)]
    claims = Counter[str]()
    for _, field in columns:
        if field:
            claims.update([field, *names] if field == column_name(FULL_NAME) else [field])
    return claims


def _found(header: str, headers: Collection[str]) -> str:
    """The one of the sheet's headers that is meant: the same, or the only one that differs in what makes no
    difference."""
    asked = shown_header(header)
    if asked in headers:
        return asked
    alike = {each for each in headers if header_key(each) == header_key(asked)}
    if len(alike) != 1:
        raise ColumnsRefused("unknown_column", header)
    return alike.pop()


def _named(name: str | None, headers: Headers) -> str | None:
    if name is None:
        return None
    key = headers.field(name)
    if key is None:
        raise ColumnsRefused("unknown_column", name)
    return column_name(key)
