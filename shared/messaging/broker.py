"""Kafka as every service uses it: one broker, subscribers that all say the same, and the relay's producer."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.core.settings import KafkaSettings, ServiceSettings
from shared.eventsourcing.event_store import EventStore
from shared.messaging.client_timeouts import CLIENT_TIMEOUTS
from shared.messaging.consumed_record import Parse, Record
from shared.messaging.inbox import PAUSES, Inbox, Permanent, Received, Subscription
from shared.messaging.producer_batch import LARGEST_BATCH
from shared.messaging.waiting_consumer import LOOK_ANYWAY_MS, WaitingConsumer
from shared.observability import REGISTRY

__all__ = ["Permanent", "Received", "Subscription", "make_broker", "make_producer", "subscribe"]

E = TypeVar("E")

LARGEST_POLL = 500
"""Records of one polled batch, and so of one transaction."""
FETCH_WAIT_MS = 15_000
"""How long a broker keeps a request for more open, in which it answers with what comes as it comes (`WaitingConsumer`,
which is patient with these for longer)."""

Message = StreamMessage[tuple[Record, ...]]


class _Broker(KafkaBroker):
    """FastStream's, whose subscribers read through a `WaitingConsumer`."""

    async def _connect(self) -> Any:
        made: Any = await super()._connect()
        config = self.config.broker_config
        config.builder = partial(WaitingConsumer, **made.keywords)
        return config.builder


def make_broker(settings: ServiceSettings, service: str) -> KafkaBroker:
    """The service's broker: measured, and not connected before the application's lifespan starts it. Spans are the
    inbox's: FastStream's would begin two traces for each batch, linked to nothing for want of a header of its own."""
    return _Broker(
        settings.kafka_bootstrap_servers.split(","),
        client_id=f"usher-{service}",
        security=_security(settings),
        acks="all",
        enable_idempotence=True,
        **CLIENT_TIMEOUTS,
        # Topics are the deployment's, with their partitions, replication and retention.
        allow_auto_create_topics=False,
        # Its own logger would bring a handler of its own; and a line for every batch is for debugging.
        logger=logging.getLogger("faststream.kafka"),
        log_level=logging.DEBUG,
        graceful_timeout=float(settings.shutdown_grace),
        middlewares=(
            KafkaPrometheusMiddleware(registry=REGISTRY, app_name=f"usher-{service}", metrics_prefix="usher_kafka"),
        ),
    )


def make_producer(settings: KafkaSettings, service: str) -> AIOKafkaProducer:
    """A new producer for the relay, which throws it away after any failure. Needs a running event loop."""
    return AIOKafkaProducer(
        **settings.kafka_client(f"usher-{service}-relay"),
        **CLIENT_TIMEOUTS,
        acks="all",
        enable_idempotence=True,
        # A producer has one request under way, with one batch a partition: the default of 16 KiB would be some fifteen
        # events a round trip. The relay hands over whole chunks, so there is nothing to linger for.
        max_batch_size=LARGEST_BATCH,
        max_request_size=1 << 20,
    )


def subscribe(
    broker: KafkaBroker,
    store: EventStore[E],
    service: str,
    subscription: Subscription[E],
    parse: Parse,
    pauses: Sequence[float] = PAUSES,
) -> Inbox[E]:
    """Read a topic through the inbox. Returns the inbox, which `DeadLetterRetry` needs. pauses: see `Inbox`.

    FastStream's defaults acknowledge first and lose what a crash interrupts, so every option is said here; a test
    reads them back from all services' brokers.
    """
    inbox = Inbox(store, service, subscription, parse, pauses)
    subscriber = broker.subscriber(
        subscription.topic,
        group_id=inbox.consumer,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
        batch=True,
        max_records=LARGEST_POLL,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        consumer_timeout_ms=LOOK_ANYWAY_MS,
        parser=parse_raw,
        decoder=records_of,
        title=inbox.consumer,
    )

    # Any: FastDepends would make models of what it finds annotated.
    async def take(records: Any) -> None:
        await inbox.take(records)

    subscriber(take)
    return inbox


async def parse_raw(records: tuple[Record, ...], original: Callable[[Any], Awaitable[Message]]) -> Message:
    """The original parser's message, whose ack and nack work, over the records as they came.

    The original parser decodes every header and raises at a null or binary one; then the batch could be neither read
    nor refused. So it sees the first record, which gives the message its headers, with such as it can decode, and the
    message gets the real records afterwards. What tracing links a batch to are the traces that its records are of.
    """
    message = await original((replace(records[0], headers=_decodable(records[0])),))
    message.raw_message = records
    message.body = [record.value or b"" for record in records]
    message.batch_headers = [{"traceparent": trace} for trace in _traces(records)]
    return message


async def records_of(message: Message) -> Sequence[Record]:
    """The raw records, to be decoded one by one where a bad one harms no other."""
    return list(message.raw_message)


def _traces(records: Sequence[Record]) -> list[str]:
    found = {value for record in records for name, value in record.headers if name == "traceparent" and value}
    return sorted(value.decode("ascii", "replace") for value in found)


def _decodable(record: Record) -> list[tuple[str, bytes]]:
    return [(name, (value or b"").decode("utf-8", "replace").encode()) for name, value in record.headers]


def _security(settings: KafkaSettings) -> BaseSecurity:
    context, tls = settings.kafka_ssl_context(), settings.kafka_uses_tls
    if not settings.kafka_uses_sasl:
        return BaseSecurity(context, tls)
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    name, password = settings.kafka_username, settings.kafka_password.get_secret_value()
    return kinds[settings.kafka_sasl_mechanism](name, password, context, tls)
