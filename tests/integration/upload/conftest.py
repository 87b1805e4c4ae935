"""The upload service on real Postgres and Kafka, over real HTTP; the tests play the other services."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaProducer
from anyio.from_thread import BlockingPortal, start_blocking_portal
from uuid_utils.compat import uuid7

import usher_contracts as contracts
from services.upload.main import SERVICE, build
from services.upload.settings import UploadSettings
from shared.core.settings import KafkaSettings
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.cloudevents import encode
from shared.messaging.packed_records import Header, KafkaMessage
from tests.integration.upload.workbooks import workbook
from tests.patience import PATIENCE
from tests.stack import TestStack

T = TypeVar("T")

SMALL_LIMIT = 256 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OWNERS = {
    "usher.validations.v1": "validation",
    "usher.licenses.v1": "licensing",
    "usher.users.v1": "licensing",
    "usher.invitations.v1": "notification",
}


def soon(look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
    return found


@dataclass
class Others:
    """The other services: what they say on Kafka."""

    portal: BlockingPortal
    producer: AIOKafkaProducer
    _sequence: "count[int]" = field(default_factory=lambda: count(1))

    def say(self, event: contracts.Event, event_id: str | None = None) -> None:
        """Publishes an event as its owner does; the same id again is a redelivery."""
        context = Context(
            str(uuid4()), str(uuid7()), f"00-{'1' * 32}-{'2' * 16}-01", event.company_id, datetime.now(UTC)
        )
        stream = f"test-{getattr(event, 'batch_id', event.company_id)}"
        stored = Recorded(uuid7(), stream, 1, event, context, next(self._sequence))
        (wire,) = encode(_OWNERS[event.topic], stored, [Outgoing.of(event)])
        headers = [(name, event_id.encode() if event_id and name == "ce_id" else value) for name, value in wire.headers]
        self.portal.call(self._send, wire, headers)

    async def _send(self, wire: KafkaMessage, headers: Sequence[Header]) -> None:
        await self.producer.send_and_wait(wire.topic, wire.value, wire.key, headers=headers)


@dataclass
class Company:
    """One company of one test, with an admin who is signed in."""

    upload: "Upload"
    id: str
    token: str

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.upload.http.request(method, f"/api/v1{path}", headers=headers, **options)

    def post(
        self, data: bytes | None = None, name: str = "q3.xlsx", key: str | None = None, **fields: str
    ) -> httpx.Response:
        """Uploads a workbook, by default one that nobody uploaded before."""
        headers = {"Idempotency-Key": key} if key else {}
        files = {"file": (name, workbook() if data is None else data, XLSX)}
        return self.call("POST", "/batches", files=files, data=fields, headers=headers)

    def batch(self, batch_id: str) -> dict[str, Any]:
        return self.call("GET", f"/batches/{batch_id}").json()

    def uploaded(self, **options: Any) -> dict[str, Any]:
        answer = self.post(**options)
        assert answer.status_code == 202, answer.text
        return answer.json()

    def becomes(self, batch_id: str, status: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            now = self.batch(batch_id)
            return now if now["status"] == status else None

        return soon(look)

    def ready(self, review: int = 1, **options: Any) -> dict[str, Any]:
        """A batch whose file validation found good."""
        batch = self.uploaded(**options)
        self.validated(batch["id"], review)
        return self.becomes(batch["id"], "ready_for_review")

    def validated(self, batch_id: str, review: int = 1) -> None:
        self.upload.others.say(
            contracts.BatchValidated(
                company_id=self.id,
                batch_id=batch_id,
                counts=contracts.Counts(rows=3, invite=2, change=1, unchanged=0, error=0, warning=0),
                seats=contracts.Seats(purchased=10, occupied=1, available=9, required=2),
                rows=contracts.ObjectRef(ref=f"{self.id}/rows/{'b' * 64}", sha256="b" * 64),
                review=review,
            )
        )

    def sent_back(self, batch_id: str, reason: Any) -> None:
        self.upload.others.say(
            contracts.LicenseReservationRejected(
                company_id=self.id, batch_id=batch_id, reason=reason, requested=2, available=1
            )
        )

    def plan(self, plan: str) -> None:
        """What licensing says of the company."""
        self.upload.others.say(
            contracts.CompanyChanged(
                company_id=self.id,
                name="Northwind Trading",
                plan=plan,
                purchased_licenses=10,
                functional_areas=("Sales", "Finance"),
                custom_fields=(contracts.CustomField(name="Cost Center"),),
            )
        )


@dataclass
class Upload:
    """The running service."""

    url: str
    http: httpx.Client
    others: Others
    stack: TestStack
    database: str
    settings: UploadSettings

    def company(self, plan: str | None = "plus") -> Company:
        company_id = str(uuid4())
        token = self.stack.token(company_id, f"ada@{company_id[:8]}.example", "manage_users")
        company = Company(self, company_id, token)
        if plan:
            company.plan(plan)
        return company

    def nobody(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, f"/api/v1{path}", **options)


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """The event loop that the service and the other services' producer run on."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def others(stack: TestStack, portal: BlockingPortal) -> Iterator[Others]:
    """Whoever else writes to Kafka."""
    given: Mapping[str, Any] = {"kafka_bootstrap_servers": stack.kafka_bootstrap}
    options = KafkaSettings(**given).kafka_client("others")

    async def start() -> AIOKafkaProducer:
        producer = AIOKafkaProducer(**options, acks="all")
        await producer.start()
        return producer

    producer = portal.call(start)
    yield Others(portal, producer)
    portal.call(producer.stop)


@pytest.fixture(scope="session")
def upload(
    stack: TestStack, portal: BlockingPortal, others: Others, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upload]:
    """The service. One for all tests: its consumers' groups remember how far they have read."""
    database = stack.postgres_url(SERVICE)
    settings = _settings(stack, stack.as_service(database, SERVICE), tmp_path_factory.mktemp("blobs"))
    with _served(portal, settings) as url, httpx.Client(base_url=url, timeout=PATIENCE) as http:
        yield Upload(url, http, others, stack, database, settings)


@pytest.fixture(scope="module")
def by_directory(upload: Upload, portal: BlockingPortal) -> Iterator[Upload]:
    """The same service once more, where Usher says who may what."""
    settings = upload.settings.model_copy(update={"permissions_from": "directory"})
    with _served(portal, settings) as url, httpx.Client(base_url=url, timeout=PATIENCE) as http:
        yield replace(upload, url=url, http=http, settings=settings)


def _settings(stack: TestStack, database: str, blobs: Path) -> UploadSettings:
    given: Mapping[str, Any] = {
        "database_url": database,
        "kafka_bootstrap_servers": stack.kafka_bootstrap,
        "oidc_issuer": stack.stack.issuer_url,
        "blob_url": f"file://{blobs}",
        "upload_bytes": SMALL_LIMIT,
        "uploads_at_once": 2,
        "uploads_waiting": 20,
        "invitations_per_day": 7,
    }
    return UploadSettings(**given)


@contextmanager
def _served(portal: BlockingPortal, settings: UploadSettings) -> Generator[str]:
    server: list[uvicorn.Server] = []

    async def serve() -> None:
        config = uvicorn.Config(build(settings), port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        server.append(uvicorn.Server(config))
        await server[0].serve()

    running = portal.start_task_soon(serve)
    soon(lambda: running.done() or (server and server[0].started), 60)
    port = server[0].servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server[0].should_exit = True
    running.result(timeout=PATIENCE)


@pytest.fixture
def company(upload: Upload) -> Company:
    """A company on the right plan, with an admin."""
    return upload.company()
