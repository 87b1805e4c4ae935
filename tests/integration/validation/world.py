"""The validation service on real Postgres and Kafka; the tests play licensing and upload, and hear its verdicts."""

import asyncio
import io
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import openpyxl
from anyio.from_thread import BlockingPortal
from openpyxl.worksheet.worksheet import Worksheet
from uuid_utils.compat import uuid7

import usher_contracts as contracts
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.cloudevents import encode
from shared.object_store.row_blocks import BlockReader
from shared.object_store.store import Blobs
from tests.patience import PATIENCE
from usher_contracts import topics

T = TypeVar("T")
HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Reports To")
MARTA = contracts.Person(email="marta@northwind.example", name="Marta")
_OWNERS = {topics.BATCHES: "upload", topics.LICENSES: "licensing", topics.USERS: "licensing"}


def soon(look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def book(*rows: Sequence[str | None], head: Sequence[str] = HEAD) -> bytes:
    """A workbook of plain cells."""
    made = openpyxl.Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    for row in (head, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@dataclass
class World:
    """The running service and the others' voices. `heard` are the verdicts by batch, as they stand on Kafka."""

    portal: BlockingPortal
    producer: Any  # an AIOKafkaProducer, whose stubs are half there
    blobs: Blobs
    http: httpx.Client
    database: str
    heard: defaultdict[str, list[contracts.BatchValidated | contracts.BatchRejected]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _sequence: "count[int]" = field(default_factory=lambda: count(1))

    def say(self, event: contracts.Event, event_id: str | None = None) -> None:
        """Publishes an event as its owner does; the same id again is a redelivery."""
        cause = f"00-{'1' * 32}-{'2' * 16}-01"
        context = Context(str(uuid4()), str(uuid7()), cause, event.company_id, datetime.now(UTC))
        about = getattr(event, "batch_id", None) or getattr(event, "user_id", event.company_id)
        stored = Recorded(uuid7(), f"test-{about}", 1, event, context, next(self._sequence))
        (wire,) = encode(_OWNERS[event.topic], stored, [Outgoing.of(event)])
        headers = [(name, event_id.encode() if event_id and name == "ce_id" else value) for name, value in wire.headers]
        self.portal.call(lambda: self.producer.send_and_wait(event.topic, wire.value, wire.key, headers=headers))

    async def listen(self, consumer: Any) -> None:
        """Hears verdicts until cancelled."""
        async for record in consumer:
            ce_type = dict(record.headers)["ce_type"].decode()
            event = contracts.parse(ce_type, record.value or b"")
            assert isinstance(event, contracts.BatchValidated | contracts.BatchRejected)
            self.heard[event.batch_id].append(event)

    def verdict(self, batch_id: str, number: int = 1) -> contracts.BatchValidated | contracts.BatchRejected:
        """The verdict of that number."""
        soon(lambda: len(self.heard[batch_id]) >= number)
        return self.heard[batch_id][number - 1]

    def rows(self, verdict: contracts.BatchValidated | contracts.BatchRejected) -> dict[int, contracts.Row]:
        """The judged rows by their number."""
        assert verdict.rows is not None
        ref = verdict.rows.ref

        async def read() -> list[bytes]:
            reader = await BlockReader.open(self.blobs, ref)
            return [record async for record in reader.all()]

        rows = map(contracts.Row.model_validate_json, self.portal.call(read))
        return {row.row: row for row in rows}

    def annotated(self, verdict: contracts.BatchValidated | contracts.BatchRejected) -> Worksheet:
        """The first sheet of the annotated copy."""
        assert isinstance(verdict, contracts.BatchRejected) and verdict.annotated
        data = self.portal.call(self.blobs.get, verdict.annotated.ref)
        sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        assert isinstance(sheet, Worksheet)
        return sheet

    def company(self, purchased: int = 20, occupied: int = 3) -> "Company":
        """A company that licensing has told of."""
        company = Company(self, str(uuid4()), purchased, occupied)
        company.told()
        company.seats()
        return company

    def pause(self, seconds: float) -> None:
        """Time in which something must not happen."""
        self.portal.call(asyncio.sleep, seconds)


@dataclass
class Company:
    """One company of one test."""

    world: World
    id: str
    purchased: int
    occupied: int

    def told(self, **about: Any) -> None:
        """What licensing says of the company."""
        settings: dict[str, Any] = {"functional_areas": ("Sales", "Finance"), "name": "Northwind", "plan": "plus"}
        event = contracts.CompanyChanged(company_id=self.id, purchased_licenses=self.purchased, **{**settings, **about})
        self.world.say(event)

    def seats(self) -> None:
        """What licensing says of its licenses."""
        event = contracts.LicensesReserved(
            company_id=self.id, licenses=1, occupied=self.occupied, purchased=self.purchased, reason="invitation"
        )
        self.world.say(event)

    def address(self, local: str) -> str:
        """An address that no other test has."""
        return f"{local}@{self.id[:8]}.example"

    def invited(self, local: str, boss: str | None = None, email: str | None = None) -> str:
        """A new user; returns the id."""
        user_id = str(uuid4())
        event = contracts.UserInvited(
            company_id=self.id,
            user_id=user_id,
            email=email or self.address(local),
            first_name=local.capitalize(),
            last_name="Lee",
            functional_area="Sales",
            title="AE",
            reports_to_id=boss,
            status="waiting",
            invitation_id=str(uuid4()),
            invited_by=MARTA,
            version=1,
        )
        self.world.say(event)
        return user_id

    def deactivated(self, user_id: str, local: str) -> None:
        """The user is Inactive."""
        for event in (contracts.UserActivated, contracts.UserDeactivated):
            self.world.say(event(company_id=self.id, user_id=user_id, email=self.address(local)))

    def uploaded(self, data: bytes) -> contracts.BatchUploaded:
        """A file that has come in."""
        stored = self.world.portal.call(self.world.blobs.put, self.id, "original", data)
        file = contracts.File(name="q3.xlsx", size=stored.size, sha256=stored.sha256, ref=stored.ref)
        event = contracts.BatchUploaded(company_id=self.id, batch_id=str(uuid4()), uploaded_by=MARTA, file=file)
        self.world.say(event)
        return event

    def judged(self, data: bytes) -> contracts.BatchValidated | contracts.BatchRejected:
        """The first verdict on a file."""
        return self.world.verdict(self.uploaded(data).batch_id)

    def person(self, local: str, title: str = "AE", boss: str | None = None) -> list[str | None]:
        """A good row."""
        return [self.address(local), local.capitalize(), "Lee", "Sales", title, boss and self.address(boss)]
