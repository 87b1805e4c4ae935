"""Every subscriber of every service says all that keeps messages from being lost."""

import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from shared.core.settings import ServiceSettings
from shared.messaging.broker import FETCH_WAIT_MS, make_broker, make_producer, parse_raw, records_of
from shared.messaging.waiting_consumer import LOOK_ANYWAY_MS

pytestmark = pytest.mark.anyio

SERVICES = Path(__file__).parents[3] / "services"


def deviations(subscriber: Any, service: str) -> list[str]:
    """What a subscriber does otherwise than every subscriber has to."""
    options = subscriber._connection_args
    call = subscriber.calls[0]
    found = {
        "group": (subscriber.group_id or "").startswith(f"{service}."),
        "earliest": options.get("auto_offset_reset") == "earliest",
        "fetches": options.get("fetch_max_wait_ms") == FETCH_WAIT_MS,
        "looks around": options.get("consumer_timeout_ms") == LOOK_ANYWAY_MS,
        "commits by itself": options.get("enable_auto_commit") is False,
        "ack policy": subscriber.ack_policy is AckPolicy.NACK_ON_ERROR,
        "replies": subscriber._no_reply is True,
        "one topic": len(subscriber.topics) == 1 and not subscriber.partitions and not subscriber.pattern,
        "batches": type(subscriber).__name__ == "BatchSubscriber",
        "one handler": len(subscriber.calls) == 1,
        "parser": (call.item_parser or subscriber._call_options.parser) is parse_raw,
        "decoder": (call.item_decoder or subscriber._call_options.decoder) is records_of,
    }
    return [name for name, right in found.items() if not right]


def brokers() -> Iterator[tuple[str, KafkaBroker]]:
    """Each service's broker as its composition root builds it, found by itself."""
    for root in sorted(SERVICES.glob("*/main.py")):
        service = root.parent.name
        build = importlib.import_module(f"services.{service}.main").build
        app = build(get_type_hints(build)["settings"]())
        broker = app.state.connections.broker
        assert isinstance(broker, KafkaBroker), f"{service} has no broker"
        yield service, broker


def subscribers(broker: KafkaBroker) -> list[Any]:
    """FastStream's type of them does not know Kafka's options."""
    return list(broker.subscribers)


async def test_every_subscriber_of_every_service_follows_the_policy() -> None:
    wrong = {
        (service, subscriber.group_id): found
        for service, broker in brokers()
        for subscriber in subscribers(broker)
        if (found := deviations(subscriber, service))
    }
    assert wrong == {}


async def test_no_group_is_used_by_two_subscribers() -> None:
    """Two subscribers of one group on different topics rebalance each other for ever."""
    groups = Counter(str(s.group_id) for _, broker in brokers() for s in subscribers(broker))
    assert [group for group, count in groups.items() if count > 1] == []


GOOD: dict[str, Any] = {
    "group_id": "x.y",
    "auto_offset_reset": "earliest",
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "no_reply": True,
    "fetch_max_wait_ms": FETCH_WAIT_MS,
    "consumer_timeout_ms": LOOK_ANYWAY_MS,
    "batch": True,
    "parser": parse_raw,
    "decoder": records_of,
}


@pytest.mark.parametrize(
    ("changed", "deviation"),
    [
        ({}, []),
        ({"group_id": None}, ["group"]),
        ({"group_id": "other.y"}, ["group"]),
        ({"auto_offset_reset": "latest"}, ["earliest"]),
        ({"ack_policy": AckPolicy.ACK}, ["ack policy"]),
        ({"ack_policy": AckPolicy.MANUAL}, ["ack policy"]),
        ({"ack_policy": AckPolicy.ACK_FIRST}, ["commits by itself", "ack policy"]),
        ({"no_reply": False}, ["replies"]),
        ({"fetch_max_wait_ms": 500}, ["fetches"]),
        ({"consumer_timeout_ms": 200}, ["looks around"]),
        ({"batch": False}, ["batches"]),
        ({"parser": None}, ["parser"]),
        ({"decoder": None}, ["decoder"]),
    ],
)
async def test_a_deviation_is_seen(changed: dict[str, Any], deviation: list[str]) -> None:
    broker = make_broker(ServiceSettings(), "x")

    async def take(records: Any) -> None:
        del records

    broker.subscriber("topic", **{**GOOD, **changed})(take)
    assert deviations(broker.subscribers[0], "x") == deviation


async def test_several_topics_in_one_subscriber_are_seen() -> None:
    broker = make_broker(ServiceSettings(), "x")

    async def take(records: Any) -> None:
        del records

    broker.subscriber("topic", "another", **GOOD)(take)
    assert deviations(broker.subscribers[0], "x") == ["one topic"]


async def test_the_producer_loses_and_doubles_nothing() -> None:
    producer: Any = make_producer(ServiceSettings(), "x")
    assert producer._txn_manager is not None, "idempotence numbers every message"
    assert producer._sender._acks == -1, "all in-sync replicas acknowledge"
    await producer.client.close()
