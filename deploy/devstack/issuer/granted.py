"""What Usher grants, as its events tell it: so the development issuer's tokens follow, as those of a real issuer that
listens would."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from deploy.devstack.issuer.people import Person
from usher_contracts import UserPermissionsChanged

_AGAIN = 1.0
"""Seconds until Kafka is asked again where it was not there: it starts beside this."""
_TYPE = ("ce_type", UserPermissionsChanged.type.encode())


@dataclass
class Granted:
    """Whose permissions Usher has ever changed: those that it gave or took are its own to say from then on, others the
    sign-in page's."""

    _touched: dict[tuple[str, str], set[str]] = field(default_factory=dict[tuple[str, str], set[str]])
    _has: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict[tuple[str, str], tuple[str, ...]])

    def hear(self, event: Mapping[str, Any]) -> None:
        """The data of one UserPermissionsChanged."""
        who = (event["company_id"], event["email"].casefold())
        self._touched.setdefault(who, set()).update(event["from"], event["to"])
        self._has[who] = tuple(event["to"])

    def applied(self, person: Person) -> Person:
        """The person with the permissions that their next token has."""
        who = (person.company_id or "", person.email.casefold())
        own = (permission for permission in person.permissions if permission not in self._touched.get(who, ()))
        return replace(person, permissions=tuple(dict.fromkeys((*own, *self._has.get(who, ())))))

    @contextlib.asynccontextmanager
    async def following(self, bootstrap: str | None) -> AsyncGenerator[None]:
        """Hears of all that was ever granted, and goes on listening, while the block lasts; None: there is nothing to
        listen to."""
        task = asyncio.create_task(self._follow(bootstrap)) if bootstrap else None
        try:
            yield
        finally:
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, bootstrap: str) -> None:
        while True:
            # No group, so nothing is kept of where it was: it begins at the beginning.
            consumer: Any = AIOKafkaConsumer(
                UserPermissionsChanged.topic,
                bootstrap_servers=bootstrap,
                client_id="usher-dev-issuer",
                auto_offset_reset="earliest",
                fetch_max_wait_ms=5_000,
            )
            try:
                await consumer.start()
                await self._read(consumer)
            except (KafkaError, OSError):
                pass
            finally:
                with contextlib.suppress(KafkaError, OSError):
                    await consumer.stop()
            await asyncio.sleep(_AGAIN)

    async def _read(self, consumer: Any) -> None:
        if not consumer.assignment():
            return  # the topic is still to be made
        async for record in consumer:
            self._heard(record)

    def _heard(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        if _TYPE in record.headers and record.value:
            self.hear(json.loads(record.value))
