"""`restore` as an operator types it, what it prints and how it ends: beside a Kafka where no service runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.command_line import Usher, send
from tests.stack import TestStack
from usher_contracts.topics import USERS

EVENT = "usher.UserInvited.v1"


@pytest.fixture
def usher(stack: TestStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Usher]:
    """On a database of licensing's as an old backup has left it: with the schema, and without a single event."""
    url = stack.postgres_url("licensing")
    monkeypatch.setenv("USHER_DATABASE_URL", url)
    monkeypatch.setenv("USHER_KAFKA_BOOTSTRAP_SERVERS", stack.kafka_bootstrap)
    yield Usher(stack)
    stack.drop(url)


@pytest.fixture
def lost(stack: TestStack) -> dict[str, str]:
    """An event of licensing's that Kafka holds and no log has, as it is listed."""
    company, headers = str(uuid4()), {"ce_id": str(uuid4()), "ce_subject": f"user-{uuid4()}", "ce_sequence": "4711"}
    send(stack, USERS, company, b"{}", ce_type=EVENT, **headers)
    return {"id": headers["ce_id"], "stream": headers["ce_subject"], "company_id": company}


class Group:
    """A consumer group of licensing's that Kafka knows of; others of its may be known from other tests."""

    def __init__(self, stack: TestStack) -> None:
        self._kafka = stack.kafka_bootstrap
        self.name = f"licensing.{uuid4()}"
        anyio.run(self._committed, 3)

    def comes_to(self) -> int | None:
        """From where it would read on."""
        return anyio.run(self._committed, None)

    async def _committed(self, offset: int | None) -> int | None:
        place = TopicPartition(USERS, 0)
        consumer: Any = AIOKafkaConsumer(bootstrap_servers=self._kafka, group_id=self.name, enable_auto_commit=False)
        async with consumer:
            consumer.assign([place])
            if offset is not None:
                await consumer.commit({place: offset})
            found: int | None = await consumer.committed(place)
            return found


def test_what_kafka_holds_and_the_log_lost_is_listed_and_gone_on_from(
    usher: Usher, stack: TestStack, lost: dict[str, str], tmp_path: Path
) -> None:
    group = Group(stack)
    code, said, why = usher("restore", "licensing", "check", "--json")
    orphans = [json.loads(line) for line in said.splitlines()]
    (ours,) = [each for each in orphans if each["id"] == lost["id"]]
    assert code == 0 and lost.items() <= ours.items() and (ours["type"], ours["sequence"]) == (EVENT, 4711), why
    (tmp_path / "licensing.jsonl").write_text(said)

    code, table, why = usher("restore", "licensing", "check")
    assert code == 0 and lost["id"] in table and lost["stream"] in table, why

    last = max(each["sequence"] for each in orphans)
    first = usher("restore", "licensing", "resume", str(tmp_path / "licensing.jsonl"))
    code, said, why = first
    position, set_back, left_out, forgotten = said.splitlines()
    assert (code, why) == (0, "")
    assert position == f"licensing's next event gets position {last + 1}."
    assert set_back.startswith("Consumers set back to the backup: licensing.") and group.name in set_back
    assert group.comes_to() == 0, "the backup knows nothing of it"
    events = len({each["id"] for each in orphans})
    assert left_out == f"Events that no consumer of licensing will apply: {events}."
    assert forgotten.startswith("People who were erased since the backup, and will be again as licensing starts: ")
    again = usher("restore", "licensing", "resume", str(tmp_path / "licensing.jsonl"))
    assert again == first, "doing it twice is the same as once"


def test_a_list_that_is_none_is_named(usher: Usher, tmp_path: Path) -> None:
    (tmp_path / "table.txt").write_text("sequence │ time")
    code, said, why = usher("restore", "licensing", "resume", str(tmp_path / "table.txt"))
    assert (code, said) == (1, "")
    assert why.startswith(f"usher: {tmp_path / 'table.txt'} is not what `check --json` writes")


def test_a_schema_that_is_not_there_is_said_with_what_to_do(
    usher: Usher, stack: TestStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", stack.admin_url)
    code, said, why = usher("restore", "licensing", "check")
    assert (code, said) == (1, "") and why == (
        "usher: The schema is not up to date. Run ./usher migrate licensing first.\n"
    )
