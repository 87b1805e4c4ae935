"""What a restore is tried with: stacks that follow each other on the same data, the commands, what Kafka holds."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from anyio.from_thread import start_blocking_portal

from deploy.devstack.options import Options
from deploy.devstack.stack import Stack
from deploy.operate.services import SERVICES
from shared.core.settings import KafkaSettings
from shared.messaging.lost_events import LostEvent
from shared.messaging.topic_reader import topic_reader
from tests.e2e.outside import Company
from tests.e2e.workbooks import grid
from tests.stack import TestStack
from usher_contracts.topics import TOPICS

ROOT = Path(__file__).parents[2]


@contextmanager
def stack_on(data: Path, base: int, services: tuple[str, ...] = SERVICES, **other: Any) -> Generator[TestStack]:
    """A stack on a data directory that stays; one after another on the same ports. other: options of it."""
    lines: list[str] = []
    stack = Stack(replace(Options.create(data, base, services=services), **other), lines.append)
    try:
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(stack):
            yield TestStack(stack, lines)
    finally:
        print("\n".join(lines[-100:]))


def usher(stack: TestStack, service: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line, as an operator of one service runs it."""
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}",
        "USHER_DATABASE_URL": stack.stack.database_url(service),
        "USHER_KAFKA_BOOTSTRAP_SERVERS": stack.kafka_bootstrap,
    }
    command = (sys.executable, "-m", "deploy", *arguments)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def done(result: subprocess.CompletedProcess[str]) -> str:
    """What it said. Fails the test where it failed."""
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def checked(stack: TestStack, folder: Path) -> tuple[list[LostEvent], list[str]]:
    """What check finds for every service, and the files that resume is given."""
    found: list[LostEvent] = []
    files: list[str] = []
    for service in SERVICES:
        said = done(usher(stack, service, "restore", service, "check", "--json"))
        (folder / f"{service}.jsonl").write_text(said)
        files.append(str(folder / f"{service}.jsonl"))
        found += [LostEvent(**json.loads(line)) for line in said.splitlines()]
    return found, files


def on_kafka(stack: TestStack) -> list[tuple[str, str, int]]:
    """Service, event id and sequence of every message, in the order of each partition."""

    async def read() -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        settings = KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
        async with topic_reader(settings, "test") as reader:
            async for records in reader.everything([topic.name for topic in TOPICS]):
                for record in records:
                    headers = {name: value.decode() for name, value in record.headers}
                    service = headers["ce_source"].removeprefix("/usher/")
                    found.append((service, headers["ce_id"], int(headers["ce_sequence"])))
        return found

    return asyncio.run(read())


def ask(stack: TestStack, service: str, question: str) -> list[Any]:
    """What a service's database answers."""
    with psycopg.connect(stack.stack.database_url(service)) as connection:
        return [row[0] for row in connection.execute(question.encode()).fetchall()]


def lost_life(company: Company) -> tuple[bytes, str, str, str]:
    """What happens after the backup: somebody invited by hand, a batch completed, another one uploaded."""
    lost = company.invite("lost")
    data = grid(company.person("bea"), company.person("cem", Reports_To=lost))
    batch = company.review(data)
    assert batch.status == "ready_for_review", batch.batch
    batch.confirm()
    waiting = company.review(grid(company.person("dov")))
    return data, lost, batch.id, waiting.id


def reconnected(stack: TestStack, before: Company) -> Company:
    """The same company on another stack; nothing is provisioned."""
    company = object.__new__(Company)
    company.__dict__ |= before.__dict__ | {"stack": stack}
    return company


def quiet(stack: TestStack) -> bool:
    """Whether every event is published and no job waits."""
    published = "SELECT max(e.first_position + e.count - 1) <= max(c.position) FROM commits e, checkpoints c"
    return all(ask(stack, s, published) == [True] and not ask(stack, s, "SELECT id FROM jobs") for s in SERVICES)
