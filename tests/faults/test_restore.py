"""A backup of each service's database and of the object store is restored beside the Kafka that went on meanwhile."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from uuid import UUID

import asyncpg
import pytest

import services.licensing.main
import services.notification.main
import services.upload.main
import services.validation.main
from deploy.devstack.ports import HeldPorts
from deploy.devstack.postgres import binaries
from deploy.operate.services import SERVICES
from shared.core.settings import KafkaSettings
from shared.eventsourcing.event_store import COLUMNS, recorded
from shared.messaging.lost_events import LostEvent, find_lost_events
from tests.e2e.kept_bytes import kept as kept_of
from tests.e2e.kept_bytes import where
from tests.e2e.outside import Company, Json, Review, erased, eventually, mails, problem
from tests.faults.restoring import (
    ask,
    checked,
    done,
    lost_life,
    on_kafka,
    quiet,
    reconnected,
    stack_on,
    usher,
)
from tests.stack import TestStack
from usher_contracts.topics import DIRECTORY, TOPICS

_APPS: Mapping[str, ModuleType] = {
    "upload": services.upload.main,
    "licensing": services.licensing.main,
    "validation": services.validation.main,
    "notification": services.notification.main,
}
ROOT = Path(__file__).parents[2]


class Backup:
    """A dump of each database, and a copy of the objects made after them: what a log names is in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def make(self, stack: TestStack) -> None:
        for service in SERVICES:
            url = stack.stack.database_url(service)
            self._run("pg_dump", "--format=custom", "--file", str(self.folder / service), url)
        shutil.copytree(stack.data / "blobs", self.folder / "blobs")

    def restore(self, stack: TestStack) -> None:
        for service in SERVICES:
            url = stack.stack.database_url(service)
            self._run("pg_restore", "--no-owner", "--exit-on-error", "--dbname", url, str(self.folder / service))
            done(usher(stack, service, "migrate", service))
        shutil.copytree(self.folder / "blobs", stack.data / "blobs", dirs_exist_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        done(subprocess.run((binaries() / program, *arguments), capture_output=True, text=True, check=False))


_LEAVER = ("zqzleaver", "Zqzanneliese", "Zqzquistorp")
"""Who was erased after the backup: parts of their address and names."""
_BEHIND = """
SELECT max(first_position + count - 1) - (SELECT position FROM checkpoints WHERE reader = 'relay') FROM commits
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    """Held while no stack runs there, too: Kafka's new data directory expects the old address."""
    with HeldPorts.choose() as held:
        yield held


def committed_but_not_published(stack: TestStack, company: Company, backup: Backup) -> str:
    """Makes the backup while Kafka takes nothing, after somebody was invited; their address."""
    pid = int(stack.endpoints["kafka"]["pid"])
    os.kill(pid, signal.SIGSTOP)
    try:
        email = company.invite("ann")
        backup.make(stack)
    finally:
        os.kill(pid, signal.SIGCONT)
    return email


def test_a_restored_stack_goes_on_and_knows_what_it_lost(folder: Path, ports: HeldPorts) -> None:
    base, old, new = ports.base, folder / "old", folder / "new"
    backup = Backup(folder / "backup")
    with stack_on(old, base) as stack:
        company = Company(stack)
        leaver = company.user(company.inactive(_LEAVER[0], first_name=_LEAVER[1], last_name=_LEAVER[2]))
        kept = company.rows(company.person("ada"))
        kept.confirm().wait("completed")
        mails(stack, company.email("ada"))
        ann = committed_but_not_published(stack, company, backup)
        data, lost, lost_batch, lost_waiting = lost_life(company)
        mails(stack, company.email("bea"))
        erased(company.team, {"user_id": leaver["user_id"], "reason": "They asked for it."})
        eventually(lambda: quiet(stack), "nothing under way")
    kept_by_kafka = ("postgres", "blobs", "endpoints.json")
    shutil.copytree(old, new, ignore=shutil.ignore_patterns(*kept_by_kafka))
    shutil.rmtree(old)

    with stack_on(new, base, services=()) as stack:
        backup.restore(stack)
        known = where(kept_of(stack), _LEAVER)
        assert {place.partition(".")[0] for place in known} >= {"licensing", "validation"}, "the backup has them still"
        before = on_kafka(stack)
        assert ask(stack, "licensing", _BEHIND)[0] > 0, "the backup was made with something still to be published"
        orphans, files = checked(stack, folder)
        _are_what_was_lost(orphans, ann, {lost_batch, lost_waiting})
        first = [done(usher(stack, service, "restore", service, "resume", *files)) for service in SERVICES]
        again = [done(usher(stack, service, "restore", service, "resume", *files)) for service in SERVICES]
        assert first == again, "doing it twice is the same as once"
        assert where(kept_of(stack), _LEAVER) == known, "they are forgotten by the services, before these serve"
        done(usher(stack, "upload", "rebuild", "upload", "batches"))

    with stack_on(new, base) as stack:
        for service in SERVICES:
            refused = usher(stack, service, "restore", service, "resume", *files)
            assert refused.returncode == 1 and "Stop every process" in refused.stderr, refused.stdout + refused.stderr
        assert where(kept_of(stack), _LEAVER) == {}, "who was erased after the backup is erased again"
        company = reconnected(stack, company)
        assert Review(company, kept.id).look().status == "completed"
        for batch_id in (lost_batch, lost_waiting):
            problem(company.http.get(f"/api/v1/batches/{batch_id}"), 404, "not_found")
        _work_goes_on(company, ann, lost, data)
        eventually(lambda: quiet(stack), "nothing under way")
        _nothing_is_lost_or_said_twice(stack, before, orphans)


def _are_what_was_lost(orphans: list[LostEvent], ann: str, batches: set[str]) -> None:
    types = Counter(orphan.type.split(".")[1] for orphan in orphans if orphan.topic != DIRECTORY)
    assert {orphan.service for orphan in orphans} == set(SERVICES)
    assert {name: types[name] for name in ("BatchUploaded", "BatchConfirmed", "BatchValidated", "BatchProcessed")} == {
        "BatchUploaded": 2,
        "BatchConfirmed": 1,
        "BatchValidated": 2,
        "BatchProcessed": 1,
    }
    assert types["UserInvited"] == 3, "lost, bea, cem; ann is in the log"
    assert {orphan.stream for orphan in orphans if orphan.type == "usher.BatchUploaded.v1"} == {
        f"batch-{batch_id}" for batch_id in batches
    }
    assert not [orphan for orphan in orphans if ann in json.dumps(orphan.key)]


def _work_goes_on(company: Company, ann: str, lost: str, data: bytes) -> None:
    """Whoever was lost can be invited again; the directory that rows are judged by knows what licensing knows."""
    listed: list[Json] = company.team.get("/api/v1/team").raise_for_status().json()["items"]
    assert {each["email"] for each in listed} == {company.admin, company.email("ada"), ann}
    review = company.review(data)
    assert review.errors() == {3: {"Reports To": "reports_to_unknown"}}, "nobody knows whom licensing has lost"
    company.invite("lost")
    review = company.review(data)
    assert (review.status, review.batch["counts"]["invite"]) == ("ready_for_review", 2), review.batch
    assert review.confirm().status == "completed"
    assert company.seats()["waiting"] == 5
    for name in ("ada", "ann", "bea", "cem", "lost"):
        assert mails(company.stack, company.email(name)), name


def _nothing_is_lost_or_said_twice(
    stack: TestStack, before: list[tuple[str, str, int]], orphans: list[LostEvent]
) -> None:
    now = on_kafka(stack)
    kafka = KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
    for service in SERVICES:
        logged = ask(stack, service, "SELECT id FROM events")
        told = {message_id for owner, message_id, _ in now if owner == service}
        unpublished = [event for event in logged if str(event) not in told]
        assert not [event for event in unpublished if _is_public(stack, service, event)], service
        highest = max(sequence for owner, _, sequence in before if owner == service)
        known = {message_id for _, message_id, _ in before}
        later = [sequence for owner, message_id, sequence in now if owner == service and message_id not in known]
        assert later and min(later) > highest, f"{service} gave positions that Kafka had seen"
        assert ask(stack, service, "SELECT id FROM dead_letter") == []
        found = asyncio.run(_orphans(stack, kafka, service))
        assert found == [orphan for orphan in orphans if orphan.service == service], "what is new is in the log"
    again = Counter(now) - Counter(before)
    assert {message for message in before if message in again}, "the relay went on at its checkpoint, not behind it"
    done(usher(stack, "upload", "rebuild", "upload", "batches", "--check"))


async def _orphans(stack: TestStack, kafka: KafkaSettings, service: str) -> list[LostEvent]:
    connection = await asyncpg.connect(stack.stack.database_url(service))
    try:
        return await find_lost_events(connection, kafka, service, [t.name for t in TOPICS if t.owner == service])
    finally:
        await connection.close()


def _is_public(stack: TestStack, service: str, event: UUID) -> bool:
    """Whether the service's own mapping says that this stored event is told."""
    store = _APPS[service].event_store(None)

    async def look() -> bool:
        connection = await asyncpg.connect(stack.stack.database_url(service))
        try:
            row = await connection.fetchrow(f"SELECT {COLUMNS}, 1 AS position FROM events e WHERE id = $1", event)
            assert row is not None
            return bool(store.publish(recorded(row, store.types)))
        finally:
            await connection.close()

    return asyncio.run(look())
