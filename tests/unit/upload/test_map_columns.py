"""Saying what the columns of a file are, at any moment of its batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from services.upload.application.command_bus import BatchCall, CommandBus, Precondition
from services.upload.application.map_columns import MapColumns
from services.upload.domain.batch.commands import ChooseColumns, Command
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import BatchValidated, Event, RevalidationRequested
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.events import CellCorrection, CorrectionsChanged, CorrectionsForgotten
from services.upload.domain.refusals import ColumnsRefused, Refused
from services.upload.read_models.columns.query import MAPPING
from services.upload.read_models.columns.view import SheetColumn, SheetColumns
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.people.columns import ColumnMapping
from tests.unit.upload.examples import ADA, UPLOADED, VALIDATED
from tests.unit.upload.web import northwind

pytestmark = pytest.mark.anyio
BATCH_ID = UUID(int=7)
WHO = Principal("ada", ADA.email, ADA.name or "", northwind.COMPANY_ID, frozenset(), frozenset(), "")
CONTEXT = Context("request", None, "", northwind.COMPANY_ID, northwind.NOW)
SHEET = {"Email": "Email", "Vorname": None, "Rufname": "First Name"}


@dataclass
class Mapped(CommandBus):
    """One batch by its events, the objects that are kept, and what the company remembers. `overtaken` happens between
    what the use case reads and its transaction."""

    events: list[Event] = field(default_factory=lambda: [UPLOADED, VALIDATED])
    sheet: dict[str, str | None] = field(default_factory=lambda: dict[str, str | None](SHEET))
    draft: list[CorrectionsChanged | CorrectionsForgotten] = field(default_factory=list[Any])
    overtaken: Sequence[Event] = ()
    remembered: list[dict[str, str | None]] = field(default_factory=list[dict[str, str | None]])
    kept: dict[str, bytes] = field(default_factory=dict[str, bytes])

    @property
    def status(self) -> str:
        return "validating" if isinstance(self.events[-1], RevalidationRequested) else "ready_for_review"

    @property
    def review(self) -> int:
        return sum(isinstance(event, BatchValidated) for event in self.events)

    @property
    def mapping_ref(self) -> str | None:
        said = [each.columns.ref for each in self.events if isinstance(each, RevalidationRequested) and each.columns]
        return said[-1] if said else None

    async def record(self, company_id: str, batch_id: UUID) -> dict[str, object]:
        return {"status": self.status, "review": self.review, "mapping_ref": self.mapping_ref}

    async def of(self, record: dict[str, Any]) -> SheetColumns:
        """None while the file is being checked: what they are is to be found out."""
        known = self.sheet if record["status"] != "validating" else {}
        columns = [SheetColumn(header=h, field=f, by=None, guess=None, examples=[]) for h, f in known.items()]
        return SheetColumns(sheet="A", header_row=1, columns=columns)

    async def mapping(self, record: dict[str, Any]) -> ColumnMapping:
        ref = record["mapping_ref"]
        return MAPPING.validate_json(self.kept[ref]) if ref else ColumnMapping()

    async def find(self, company_id: str) -> Any:
        return northwind.COMPANY

    async def put(self, company_id: str, kind: str, data: bytes) -> Any:
        ref = data.decode()
        self.kept[ref] = data
        return SimpleNamespace(ref=ref, sha256=ref)

    async def lock(self, name: str, *, shared: bool = False) -> None: ...

    async def load(self, stream: str, after: int = 0) -> Any:
        return [SimpleNamespace(event=event) for event in self.draft]

    async def execute(self, command: Any, call: Any, precondition: Any = None, *more: Any) -> Any:
        """As the bus of batches; within its transaction also as the transaction, of what is remembered."""
        if not isinstance(command, ChooseColumns):
            self.remembered.append(dict(precondition.columns))
            return SimpleNamespace(state=None)
        return await self._choose(command, call, precondition)

    async def _choose(self, command: Command, call: BatchCall, precondition: Precondition | None) -> Any:
        self.events += self.overtaken
        before: Any = self
        remembered = len(self.remembered)
        try:
            if precondition:
                await precondition(before, before)
            self.events += BATCH.decide(command, BATCH.fold(self.events))
        except Exception:
            del self.remembered[remembered:]
            raise
        return self

    async def say(self, columns: Mapping[str, str | None], review: int | None = None, *, remember: bool = True) -> None:
        parts: Any = (None, self, self, self, self, self)
        await MapColumns(*parts).choose(WHO, CONTEXT, BATCH_ID, ColumnChoice(columns, review, remember))


async def test_a_choice_has_the_file_checked_anew_and_is_remembered() -> None:
    batch = Mapped()
    await batch.say({"Vorname": "Title"})
    assert (batch.status, batch.remembered) == ("validating", [{"Vorname": "Title"}])


@pytest.mark.parametrize("another", [{"Vorname": None}, {"Rufname": "Title"}, {"Vorname": "Title", "Rufname": None}])
async def test_while_a_file_is_checked_another_choice_is_not_lost(another: dict[str, str | None]) -> None:
    batch = Mapped()
    await batch.say({"Vorname": "Title"})
    with pytest.raises(Refused) as refused:
        await batch.say(another)
    assert (refused.value.code, batch.remembered) == ("not_ready", [{"Vorname": "Title"}])


async def test_while_a_file_is_checked_the_same_choice_is_taken_again() -> None:
    batch = Mapped()
    await batch.say({"Vorname": "Title"}, remember=False)
    checked = list(batch.events)
    await batch.say({"vorname": "title"})
    assert (batch.events, batch.remembered) == (checked, [{"Vorname": "Title"}])


async def test_what_no_column_is_is_not_lost_either_where_a_check_began_meanwhile() -> None:
    batch = Mapped()
    await batch.say({"Vorname": "Title"})
    again = batch.events[-1]
    batch.events.append(replace(VALIDATED, review=2))
    batch.overtaken = [again]
    with pytest.raises(Refused) as refused:
        await batch.say({"Shoe Size": None})
    assert refused.value.code == "not_ready"


@pytest.mark.parametrize("asked", [{"Vorname": "Title"}, {}])
async def test_a_choice_is_for_the_review_that_it_was_made_on(asked: dict[str, str | None]) -> None:
    batch = Mapped(overtaken=[replace(VALIDATED, review=2)])
    with pytest.raises(Refused) as refused:
        await batch.say(asked)
    assert (refused.value.code, batch.remembered) == ("review_changed", [])


CORRECTED = CorrectionsChanged(1, ADA, 1, 0, (CellCorrection(2, "First Name", "Ada"),))


@pytest.mark.parametrize("draft", [CORRECTED, CorrectionsChanged(1, ADA, 0, 1, left_out=((3, 3),))])
async def test_columns_stay_what_they_are_while_a_draft_is_made_of_them(draft: CorrectionsChanged) -> None:
    batch = Mapped(draft=[draft])
    with pytest.raises(ColumnsRefused) as refused:
        await batch.say({"Rufname": None, "Vorname": "First Name"})
    assert (refused.value.code, batch.remembered, batch.status) == ("corrections_open", [], "ready_for_review")


async def test_a_choice_that_changes_no_column_or_comes_after_the_draft_is_taken() -> None:
    for batch, asked in (
        (Mapped(draft=[CORRECTED]), {"Vorname": None, "Rufname": "First Name"}),
        (Mapped(draft=[CORRECTED, CorrectionsForgotten(ADA)]), {"Vorname": "Title"}),
    ):
        await batch.say(asked)
        assert batch.status == "validating"
