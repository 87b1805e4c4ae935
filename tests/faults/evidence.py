"""What the services leave behind: their logs in Postgres, their topics on Kafka, the mails that went out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import ModuleType
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

import services.licensing.main
import services.notification.main
import services.upload.main
import services.validation.main
from deploy.devstack import keys
from deploy.operate.services import SERVICES
from shared.erasure import forgotten
from shared.erasure.documents import erase_in
from shared.erasure.person import AddressDigests, Person
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Recorded
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.postgres.database import Pool, connect
from tests.faults.admin import Admin
from tests.faults.harness import Harness
from tests.faults.mail import Copy
from tests.webhook_receiver import Request
from usher_contracts.topics import TOPICS

_APPS: Mapping[str, ModuleType] = {
    "upload": services.upload.main,
    "licensing": services.licensing.main,
    "validation": services.validation.main,
    "notification": services.notification.main,
}
_PAGE = 5_000


@dataclass(frozen=True)
class Message:
    """A record on Kafka."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    value: bytes | None

    @staticmethod
    def of(record: "ConsumerRecord[bytes, bytes]") -> "Message":
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
        key = (record.key or b"").decode("utf-8", "replace")
        return Message(record.topic, record.partition, record.offset, key, headers, record.value)

    @property
    def id(self) -> str:
        return self.headers.get("ce_id", "")

    @property
    def type(self) -> str:
        return self.headers.get("ce_type", "").removeprefix("usher.").removesuffix(".v1")

    @property
    def service(self) -> str:
        """Who published it; "" for what no service published: a poison message of a test."""
        name = self.headers.get("ce_source", "").removeprefix("/usher/")
        return name if name in SERVICES else ""

    @property
    def stream(self) -> str:
        """In the log of who published it."""
        return self.headers.get("ce_subject", "")

    @property
    def sequence(self) -> int:
        return int(self.headers["ce_sequence"])

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.headers["ce_time"])

    @property
    def company(self) -> str:
        return self.headers.get("ce_companyid", "")

    @cached_property
    def data(self) -> dict[str, Any]:
        return json.loads(self.value) if self.value else {}


@dataclass
class Evidence:
    """All of it, for the companies of these admins; `collect` brings it up to date."""

    harness: Harness
    admins: list[Admin] = field(default_factory=list[Admin])
    logs: dict[str, list[Recorded[Any]]] = field(default_factory=lambda: {name: [] for name in SERVICES})
    messages: list[Message] = field(default_factory=list[Message])
    mails: list[Copy] = field(default_factory=list[Copy])
    deliveries: list[Request] = field(default_factory=list[Request])
    """What webhooks' receiver has taken, in its order."""
    differences: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """By projection: rows by table that it does not share with its rebuild."""
    rows: dict[str, dict[str, list[dict[str, Any]]]] = field(default_factory=dict[str, dict[str, list[dict[str, Any]]]])
    """By service and name of a question: what its tables answer."""
    forgotten: Sequence[Person] = ()
    """Who is forgotten so far. Logs may have been read before they were."""
    _next: dict[TopicPartition, int] = field(default_factory=dict[TopicPartition, int])

    def store(self, service: str) -> EventStore[Any]:
        """A service's log with its projections, for reading alone."""
        pool: Pool | None = None
        return _APPS[service].event_store(pool)

    def without_forgotten(self, document: Any, company: str, at: datetime) -> Any:
        """What was said then, as it is kept: Kafka and a receiver have it as it was, a log has not. Done twice it is
        the same as once."""
        for person in self.forgotten:
            if person.company is None or str(person.company) == company:
                document = erase_in(document, person.as_of(at))
        return document

    def as_kept(self, address: str) -> str:
        """An address, or what stands in its place once whose it was is forgotten."""
        for person in self.forgotten:
            address = person.without_address(address)
        return address

    def collect(self) -> "Evidence":
        """Reads what has come since."""
        asyncio.run(self._collect())
        self.mails = self.harness.mail.mails()
        self.deliveries = [*self.harness.receiver.taken]
        return self

    async def _collect(self) -> None:
        await asyncio.gather(self._read_topics(), *(self._read_service(name) for name in SERVICES))
        stack = self.harness.stack
        connection = await connect(stack.database_url("licensing"), "usher faults")
        try:
            digests = AddressDigests(keys.load(stack.options.data)["USHER_ERASURE_KEY"])
            self.forgotten = (await forgotten.known(connection, digests)).people
        finally:
            await connection.close()

    async def _read_service(self, service: str) -> None:
        url = self.harness.stack.database_url(service)
        store = self.store(service)
        connection = await connect(url, "usher faults")
        try:
            log = self.logs[service]
            while page := await store.read(connection, (log[-1].position or 0) if log else 0, _PAGE):
                log += page
            questions = _QUESTIONS | _MORE_QUESTIONS.get(service, {})
            self.rows[service] = {name: list(map(dict, await connection.fetch(q))) for name, q in questions.items()}
        finally:
            await connection.close()
        for projection in (*store.projections, *getattr(_APPS[service], "FOLLOWING", ())):
            found = await Rebuild(store, projection).differences(url)
            self.differences[f"{service}.{projection.name}"] = found

    async def _read_topics(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.harness.stack.kafka_bootstrap, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(topic.name, n) for topic in TOPICS for n in range(topic.partitions)]
            consumer.assign(places)
            for place in places:
                consumer.seek(place, self._next.get(place, 0))
            ends = await consumer.end_offsets(places)
            while any(self._next.get(place, 0) < ends[place] for place in places):
                for place, records in (await consumer.getmany(timeout_ms=500)).items():
                    self.messages += map(Message.of, records)
                    self._next[place] = records[-1].offset + 1
        finally:
            await consumer.stop()


_QUESTIONS = {
    "lost": "SELECT stream, version FROM events WHERE commit_id NOT IN (SELECT commit_id FROM commits)",
    "jobs": "SELECT kind, key, attempts, last_error FROM jobs",
    "dead_letters": 'SELECT consumer, topic, partition, "offset", stream, type, error FROM dead_letter',
}
_PEOPLE = "SELECT user_id::text, company_id::text, email, status, version FROM {}"
_MORE_QUESTIONS = {
    "licensing": {
        "deliveries": "SELECT invitation_id::text, state FROM deliveries",
        "people": _PEOPLE.format("users"),
        "managers": """
            SELECT u.user_id::text, m.user_id::text AS manager_id, m.email AS manager
            FROM users u JOIN users m ON m.user_id = u.manager_id
        """,
    },
    "validation": {"people": _PEOPLE.format("people")},
    "upload": {"deliveries": "SELECT batch_id::text, sent, failed, bounced FROM deliveries"},
}
