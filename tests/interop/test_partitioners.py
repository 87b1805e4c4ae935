"""Where other clients put a company's events: the table of docs/subscribers.md, by running each."""

from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner

from tests.interop.tools import in_go, in_java, in_node, in_python
from tests.stack import TestStack

PAGE = Path(__file__).parents[2] / "docs" / "subscribers.md"
PARTITIONS = 12
KEYS = [f"0190a000-0000-7000-8000-{number:012d}" for number in range(60)]
"""Enough of them that no other partitioner agrees with ours by chance."""


@pytest.fixture(scope="module")
def said(running: TestStack) -> dict[str, bool]:
    """Whether each client and setting puts every key where Usher's own client does."""
    told = (str(PARTITIONS), *KEYS)
    kafka = in_python("partitions", running.kafka_bootstrap, *told)
    others = in_go("partitions", *told) + in_node("partitions.mjs", *told) + in_java("Partitions", *told)
    lines = (others + kafka).splitlines()
    numbers = list(range(PARTITIONS))
    ours = [DefaultPartitioner()(key.encode(), numbers, numbers) for key in KEYS]
    found = {name: [int(number) for number in rest] for name, *rest in (line.split("\t") for line in lines)}
    return {name: partitions == ours for name, partitions in found.items()} | {"aiokafka default": True}


@pytest.mark.parametrize(
    "client",
    ["Java", "aiokafka", "franz-go", "kafkajs", "confluent-kafka", "sarama", "kafka-go", "@platformatic/kafka"],
)
def test_the_page_says_how_a_client_joins_our_topics(said: dict[str, bool], client: str) -> None:
    (told,) = [setting for clients, setting in _rows() if client in clients]
    if said[f"{client} default"]:
        assert told == "by default"
    else:
        joining = [name.removeprefix(f"{client} ") for name, joins in said.items() if joins and name.startswith(client)]
        assert any(setting in told for setting in joining), (told, joining)


def _rows() -> list[tuple[list[str], str]]:
    """The page's table: the clients of each row, and what it says of them."""
    _, _, table = PAGE.read_text().partition("| Client | Java's murmur2 |\n| --- | --- |\n")
    rows = [line.strip("|").split("|") for line in table.partition("\n\n")[0].splitlines()]
    return [(clients.strip().split(", "), told.strip()) for clients, told in rows]
