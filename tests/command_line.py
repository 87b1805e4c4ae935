"""The command line as an operator types it, and messages as only a broken program would send them."""

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
from aiokafka import AIOKafkaProducer

from tests.stack import TestStack

ROOT = Path(__file__).parents[1]


class Usher:
    """The command line on a stack's data. Each call answers the exit code, what it said, and why it failed."""

    def __init__(self, stack: TestStack) -> None:
        self.stack = stack

    def __call__(self, *words: str) -> tuple[int, str, str]:
        command = (str(ROOT / "usher"), *words, "--data", str(self.stack.data))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    def letters(self, service: str, key: str) -> list[dict[str, Any]]:
        """A service's dead letters of one company, as the list has them for programs."""
        code, said, why = self("dlq", service, "list", "--json")
        assert code == 0, why
        return [letter for letter in map(json.loads, said.splitlines()) if letter["key"] == key]


def send(stack: TestStack, topic: str, key: str, value: bytes, **headers: str) -> None:
    """A message as one of the services would send it, but for what is in it."""
    envelope = {
        "ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": "/usher/licensing", "ce_companyid": key,
        "ce_time": "2026-01-01T00:00:00Z", "ce_subject": f"user-{uuid4()}", "ce_sequence": "1",
        "ce_correlationid": "by hand", "content-type": "application/json",
    } | headers  # fmt: skip

    async def work() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap)
        await producer.start()
        try:
            found = [(name, value.encode()) for name, value in envelope.items()]
            await producer.send_and_wait(topic, value, key.encode(), headers=found)
        finally:
            await producer.stop()

    anyio.run(work)
