"""A real broker with the users that the chart makes: each service can do its work, and nothing else."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from deploy.devstack.options import Ports
from deploy.devstack.ports import HeldPorts
from deploy.operate.services import SERVICES
from deploy.operate.topic_creation import create_topics
from shared.core.settings import ServiceSettings
from shared.messaging.broker import make_broker, make_producer
from tests.deploy.chart.chart import of_kind
from tests.deploy.chart.guarded_kafka import GuardedKafka
from usher_contracts.topics import TOPICS

pytestmark = pytest.mark.anyio

SOME_COMPANY = b"0192f7a0-0000-7000-8000-000000000001"


def owned(service: str) -> list[str]:
    return [topic.name for topic in TOPICS if topic.owner == service]


def subscribed(service: str) -> list[tuple[str, str]]:
    """Groups and topics, as the scaling looks at them; test_rights.py holds these to the code."""
    triggers = of_kind("ScaledObject", "keda")[f"usher-{service}"]["spec"]["triggers"]
    return [(t["metadata"]["consumerGroup"], t["metadata"]["topic"]) for t in triggers if t["type"] == "kafka"]


@pytest.fixture(scope="module")
def kafka() -> Iterator[GuardedKafka]:
    """A broker with the topics, and with the users of the Strimzi value file."""
    users = of_kind("KafkaUser", "strimzi")
    data = Path(tempfile.mkdtemp(prefix="usher-guarded-"))
    held = HeldPorts.choose()
    broker = GuardedKafka(data, Ports(held.base), {name: f"word-of-{name}" for name in users})
    try:
        with broker.running():
            anyio.run(create_topics, ServiceSettings(kafka_bootstrap_servers=broker.bootstrap).kafka_client("tests"), 1)
            for user in users.values():
                anyio.run(broker.allow, user)
            yield broker
    finally:
        held.close()
        shutil.rmtree(data, ignore_errors=True)


def settings(kafka: GuardedKafka, service: str) -> ServiceSettings:
    """What the chart tells a service, with this broker's place and words for what stands in secrets."""
    pod = of_kind("Deployment", "strimzi")[f"usher-{service}"]["spec"]["template"]["spec"]
    told = {env["name"]: env.get("value", "") for env in pod["containers"][0]["env"]}
    return ServiceSettings(
        kafka_bootstrap_servers=kafka.guarded,
        kafka_security_protocol=told["USHER_KAFKA_SECURITY_PROTOCOL"],
        kafka_sasl_mechanism=told["USHER_KAFKA_SASL_MECHANISM"],
        kafka_username=told["USHER_KAFKA_USERNAME"],
        kafka_password=f"word-of-{told['USHER_KAFKA_USERNAME']}",  # pyright: ignore[reportArgumentType]
        kafka_ca_file=str(kafka.authority),
    )


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_what_it_owns_and_nothing_else(kafka: GuardedKafka, service: str) -> None:
    producer = make_producer(settings(kafka, service), service)
    await producer.start()
    try:
        for topic in owned(service):
            await producer.send_and_wait(topic, b"{}", key=SOME_COMPANY)
        for topic in {topic.name for topic in TOPICS} - set(owned(service)):
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(topic, b"{}", key=SOME_COMPANY)
    finally:
        await producer.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_what_it_subscribes_to_in_its_own_groups(kafka: GuardedKafka, service: str) -> None:
    for group, topic in subscribed(service):
        reader = AIOKafkaConsumer(
            topic, **settings(kafka, service).kafka_client("test"), group_id=group, auto_offset_reset="earliest"
        )
        await reader.start()
        try:
            while not reader.assignment():
                await reader.getmany(timeout_ms=100)
            await reader.end_offsets(list(reader.assignment()))
            await reader.commit()
        finally:
            await reader.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_nothing_else(kafka: GuardedKafka, service: str) -> None:
    own_group, own_topic = subscribed(service)[0]
    foreign_topic = next(t.name for t in TOPICS if t.name not in {topic for _, topic in subscribed(service)})
    client = settings(kafka, service).kafka_client("test")
    for group, topic, refusal in (
        (own_group, foreign_topic, TopicAuthorizationFailedError),
        ("somebody.else", own_topic, GroupAuthorizationFailedError),
    ):
        reader = AIOKafkaConsumer(topic, **client, group_id=group)
        with pytest.raises(refusal):
            await reader.start()
            await reader.getone()
        await reader.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_sees_that_kafka_is_there(kafka: GuardedKafka, service: str) -> None:
    broker = make_broker(settings(kafka, service), service)
    await broker.connect()
    try:
        assert await broker.ping(timeout=20)
    finally:
        await broker.stop()
