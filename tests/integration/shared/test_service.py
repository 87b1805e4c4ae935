"""A whole service of notes on real Kafka and Postgres, and as a process of its own."""

import asyncio
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import SecretStr

from shared.core.settings import ServiceSettings
from shared.eventsourcing.events import Outgoing, Recorded
from shared.messaging.inbox import Received, Subscription
from shared.service import Foundation, application
from tests.integration.shared.letters import Letter, Post, parse, post, until
from tests.integration.shared.notes import TYPES, Noted, context
from tests.patience import PATIENCE
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

NOTED = "notes.Noted.v1"


@pytest.fixture
async def letters(stack: TestStack) -> AsyncIterator[Post]:
    async with post(stack.kafka_bootstrap) as opened:
        yield opened


class Notes:
    """A service that notes things, says so, and reads what it said."""

    def __init__(self, settings: ServiceSettings, topic: str) -> None:
        self.topic = topic
        self.read: list[str] = []
        self.base = Foundation(settings, f"notes-{uuid4().hex[:6]}", TYPES, self.publish, parse=parse)
        self.base.subscribe(Subscription("own", topic, frozenset({NOTED}), self.handle))
        self.app = self.base.app()

    def publish(self, recorded: Recorded[Noted]) -> Sequence[Outgoing]:
        return [Outgoing(self.topic, "k", NOTED, Letter(text=recorded.event.text).model_dump_json().encode())]

    async def handle(self, _: object, received: Sequence[Received]) -> None:
        self.read += [r.event.text for r in received]


def client(notes: Notes) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(notes.app), base_url="http://notes")


async def test_what_is_appended_is_published_and_read(letters: Post, database: str) -> None:
    notes = Notes(letters.settings.model_copy(update={"database_url": SecretStr(database)}), letters.topic)
    async with notes.app.router.lifespan_context(notes.app), client(notes) as http:
        assert (await http.get("/readyz")).json() == {"status": "ok", "reason": None}
        for n in range(30):
            await notes.base.store.run(lambda tx, n=n: tx.append(f"s{n}", 0, [Noted(f"{n}")], context()))
        assert await notes.base.published.wait(30, timeout=PATIENCE)
        assert await notes.base.catch_up.wait({f"{notes.base.service}.own": letters.topic}, timeout=PATIENCE)
        assert notes.read == [f"{n}" for n in range(30)]
        metrics = (await http.get("/metrics")).text
    consumer = f'{{consumer="{notes.base.service}.own",outcome="applied"}}'
    assert f"usher_inbox_records_total{consumer} 30.0" in metrics
    assert "usher_kafka_received_messages_total" in metrics


async def test_it_waits_for_a_database_that_is_not_there_yet(
    letters: Post, stack: TestStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_PATIENCE", 0.2)
    url = stack.postgres_url()
    later = url + "_later"
    notes = Notes(letters.settings.model_copy(update={"database_url": SecretStr(later)}), letters.topic)
    async with notes.app.router.lifespan_context(notes.app), client(notes) as http:
        assert (await http.get("/livez")).status_code == 200
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["reason"]) == (503, "Postgres cannot be reached")
        await rename(stack.admin_url, url, later)

        async def ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await until(ready)
    stack.drop(later)


async def rename(admin: str, url: str, later: str) -> None:
    old, new = (urlsplit(each).path.removeprefix("/") for each in (url, later))
    connection = await asyncpg.connect(admin)
    await connection.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    await connection.close()


async def test_it_says_when_kafka_is_away(letters: Post, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_PATIENCE", 1.0)
    update = {"database_url": SecretStr(database), "kafka_bootstrap_servers": "127.0.0.1:1"}
    notes = Notes(letters.settings.model_copy(update=update), letters.topic)
    async with notes.app.router.lifespan_context(notes.app), client(notes) as http:
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["reason"]) == (503, "Kafka cannot be reached")


async def test_it_begins_to_read_when_kafka_comes(
    letters: Post, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_PATIENCE", 0.5)
    port = free_port()
    update = {"database_url": SecretStr(database), "kafka_bootstrap_servers": f"127.0.0.1:{port}"}
    notes = Notes(letters.settings.model_copy(update=update), letters.topic)
    await letters.send("before", type=NOTED)
    async with notes.app.router.lifespan_context(notes.app), client(notes) as http:
        assert (await http.get("/readyz")).status_code == 503
        async with await forwarding(port, letters.settings.kafka_bootstrap_servers):

            async def read() -> bool:
                return notes.read == ["before"] and (await http.get("/readyz")).status_code == 200

            await until(read)


async def forwarding(port: int, to: str) -> asyncio.Server:
    """Kafka at another port: a client that has found it there goes on with the broker's own address."""
    host, _, real = to.partition(":")

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kafka_reader, kafka_writer = await asyncio.open_connection(host, int(real))
        await asyncio.gather(pump(reader, kafka_writer), pump(kafka_reader, writer), return_exceptions=True)

    return await asyncio.start_server(connected, "127.0.0.1", port)


PROCESS = """
    import asyncio
    from fastapi import FastAPI
    from shared.service import create_app, run
    from shared.core.settings import ServiceSettings, load

    def build(settings: ServiceSettings) -> FastAPI:
        app = create_app(settings, "test", pool=None)

        @app.get("/slow")
        async def slow() -> str:
            await asyncio.sleep(1)
            return "done"

        return app

    run(build, load(ServiceSettings), "test")
"""


async def started(folder: Path, port: int, **told: str) -> asyncio.subprocess.Process:
    (folder / "main.py").write_text(textwrap.dedent(PROCESS))
    root = Path(__file__).parents[3]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(folder / "main.py"),
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'shared' / 'contracts'}", "USHER_PORT": str(port), **told},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_process_answers_what_it_began_and_then_ends(tmp_path: Path) -> None:
    port = free_port()
    process = await started(tmp_path, port)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

        async def live() -> bool:
            try:
                return (await http.get("/livez")).status_code == 200
            except httpx.TransportError:
                return False

        await until(live)
        slow = asyncio.create_task(http.get("/slow?q=ada@example.com"))
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        assert (await slow).json() == "done"
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, output.decode()
    assert b"path=/slow" in output
    assert b"ada@example.com" not in output, "what is asked for stands in no log"


async def test_health_has_a_port_of_its_own_where_it_is_told_so(tmp_path: Path) -> None:
    port, health = free_port(), free_port()
    process = await started(tmp_path, port, USHER_HEALTH_PORT=str(health))
    async with httpx.AsyncClient() as http:

        async def ready() -> bool:
            try:
                return (await http.get(f"http://127.0.0.1:{health}/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready)
        assert (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 404
        assert "usher_" in (await http.get(f"http://127.0.0.1:{health}/metrics")).text
        process.send_signal(signal.SIGTERM)
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, output.decode()


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await started(tmp_path, int(taken.getsockname()[1]))
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 3, "uvicorn's status for a failed start"
    assert b"address already in use" in output
    assert b"Traceback" not in output
