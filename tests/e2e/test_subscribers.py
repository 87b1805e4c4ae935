"""The example subscribers, installed as another team would and run against the running product: docs/subscribers.md."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import CommitFailedError

from deploy.docgen import environments
from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, eventually
from tests.stack import TestStack
from usher_contracts import UserState
from usher_contracts.topics import DIRECTORY, TOPICS, USERS

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "subscriber"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with what the subscribers' requirements.txt names, and nothing of Usher beside it."""
    folder = tmp_path_factory.mktemp("subscriber") / "venv"
    wanted = (EXAMPLES / "requirements.txt").read_text().split()
    contracts = [ROOT / each if each.startswith("./") else each for each in wanted]
    return environments.make(folder, *contracts, "--constraint", ROOT / "requirements-dev.txt")


class Subscriber:
    """One of the programs, as it runs."""

    def __init__(self, python: Path, program: str, stack: TestStack, folder: Path) -> None:
        self._command = (python, EXAMPLES / program)
        self._said = folder / f"{program}.txt"
        self.database = folder / "subscriber.db"
        known = {"KAFKA": stack.kafka_bootstrap, "DATABASE": str(self.database), "PATH": os.environ["PATH"]}
        self._environment = known | {"PYTHONUNBUFFERED": "1"}

    @contextmanager
    def running(self) -> Generator[None]:
        """It runs; at the end it is killed, as machines are."""
        with self._said.open("ab") as out:
            process = subprocess.Popen(self._command, env=self._environment, stdout=out, stderr=out)
        try:
            yield
        finally:
            ended = process.poll()
            process.kill()
            process.wait()
            assert ended is None, self.said()

    def said(self) -> str:
        """All that it printed."""
        return self._said.read_text()

    def active(self, company: Company) -> int | None:
        """Its count of a company's Active users."""
        return self._value("SELECT users FROM active WHERE company_id = ?", company.id)

    def seen(self) -> int:
        """How many events it has taken in."""
        return self._value("SELECT count(*) FROM seen") or 0

    def _value(self, query: str, *values: str) -> int | None:
        with suppress(sqlite3.OperationalError), sqlite3.connect(self.database) as database:
            row = database.execute(query, values).fetchone()
            return row[0] if row else None
        return None


@pytest.fixture
def subscriber(python: Path, running: TestStack, tmp_path: Path) -> Subscriber:
    """The one that counts Active users, with an empty database."""
    forget_group(running)
    return Subscriber(python, "subscriber.py", running, tmp_path)


@pytest.fixture
def directory(python: Path, running: TestStack, tmp_path: Path) -> Subscriber:
    """The one that begins with the directory."""
    return Subscriber(python, "directory.py", running, tmp_path)


def test_who_subscribes_today_reads_from_the_first_event_on_and_then_what_comes(
    subscriber: Subscriber, company: Company
) -> None:
    company.active("ann")
    company.inactive("bob")
    with subscriber.running():
        eventually(lambda: subscriber.active(company) == 2, "the admin and Ann, who were there before")
        company.active("cyd")
        eventually(lambda: subscriber.active(company) == 3, "Cyd, who came after")


def test_what_comes_twice_counts_once(subscriber: Subscriber, company: Company) -> None:
    with subscriber.running():
        eventually(lambda: subscriber.active(company) == 1, "the admin")
    before = subscriber.seen()
    forget_group(company.stack)
    with subscriber.running():
        company.active("ann")
        eventually(lambda: subscriber.active(company) == 2, "Ann, behind all that came again")
    assert subscriber.seen() >= before + 1
    assert subscriber.active(company) == 2


def test_a_type_of_a_later_version_is_skipped_and_counted(subscriber: Subscriber, company: Company) -> None:
    headers = {"ce_id": "0190a000-0000-7000-8000-00000000dead", "ce_type": "usher.UserPromoted.v1"}
    with subscriber.running():
        asyncio.run(send(company, headers))
        company.active("ann")
        eventually(lambda: subscriber.active(company) == 2, "Ann, behind what is not known")
        assert "skipped: UnknownType('usher.UserPromoted.v1')" in subscriber.said()


def test_the_directory_is_everybody_as_of_now_and_what_it_contains_is_not_told_again(
    directory: Subscriber, new_company: NewCompany
) -> None:
    company = new_company()
    ann = company.active("ann")
    bob = company.invite("bob")
    company.act("deactivate", ann)
    company.act("cancel_invitation", bob)
    with directory.running():
        eventually(lambda: "from here on what happens" in directory.said(), "the snapshot")
        snapshot, _, _ = directory.said().partition("from here on")
        assert f"now {company.admin} active\n" in snapshot
        assert f"now {ann} inactive\n" in snapshot
        assert bob not in snapshot, "who has left the list is a tombstone"
        cyd = company.invite("cyd")
        company.act("reactivate", ann)
        eventually(lambda: f"UserReactivated {ann}" in directory.said(), "what happened afterwards")
        mine = [line for line in told(directory.said()) if company.domain in line]
        assert sorted(mine) == sorted([f"UserInvited {cyd}", f"UserReactivated {ann}"]), "and nothing of before"


def test_who_follows_the_directory_outlives_what_can_not_be_read(directory: Subscriber, company: Company) -> None:
    broken = {"ce_id": "0190a000-0000-7000-8000-00000000beef", "ce_type": "usher.UserChanged.v1"}
    with directory.running():
        eventually(lambda: "from here on what happens" in directory.said(), "the snapshot")
        asyncio.run(send(company, broken))
        cyd = company.invite("cyd")
        eventually(lambda: f"UserInvited {cyd}" in directory.said(), "Cyd, behind what can not be read")
        assert "skipped: Undecodable(" in directory.said()


def test_a_user_s_state_carries_the_sequence_of_the_event_that_made_it(running: TestStack, company: Company) -> None:
    ann = company.invite("ann")
    company.act("cancel_invitation", ann)
    happened = {h["ce_sequence"]: h["ce_type"] for h, _ in read(running, USERS) if h["ce_companyid"] == company.id}
    states = {h["ce_sequence"]: value for h, value in read(running, DIRECTORY) if h["ce_companyid"] == company.id}
    cancelled = next(sequence for sequence, type_ in happened.items() if type_ == "usher.InvitationCancelled.v1")
    assert states.pop(cancelled) is None, "a tombstone"
    assert states and states.keys() <= happened.keys()
    assert all(value and UserState.model_validate_json(value) for value in states.values())


def told(said: str) -> list[str]:
    """The lines behind the snapshot."""
    return said.partition("from here on what happens:\n")[2].splitlines()


def forget_group(stack: TestStack) -> None:
    """The group reads from the beginning again, as after a restore of Kafka or an operator's reset."""
    eventually(lambda: asyncio.run(_back_to_the_beginning(stack)), "a group without members")


async def _back_to_the_beginning(stack: TestStack) -> bool:
    topic = next(topic for topic in TOPICS if topic.name == USERS)
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, group_id="active-users")
    async with consumer:
        places = [TopicPartition(USERS, number) for number in range(topic.partitions)]
        consumer.assign(places)
        try:
            await consumer.commit(dict.fromkeys(places, 0))
        except CommitFailedError:  # the broker still counts on a member that was killed
            return False
    return True


async def send(company: Company, headers: dict[str, str]) -> None:
    """A record as a later version of Usher might write it."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=company.stack.kafka_bootstrap)
    async with producer:
        encoded = [(name, value.encode()) for name, value in headers.items()]
        await producer.send_and_wait(USERS, b"{}", key=company.id.encode(), headers=encoded)


def read(stack: TestStack, topic: str) -> list[tuple[dict[str, str], bytes | None]]:
    """All of a topic's records as of now: headers and value."""
    return asyncio.run(_read(stack, topic))


async def _read(stack: TestStack, topic: str) -> list[tuple[dict[str, str], bytes | None]]:
    consumer: Any = AIOKafkaConsumer(topic, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest")
    found: list[tuple[dict[str, str], bytes | None]] = []
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [({name: value.decode() for name, value in r.headers}, r.value) for r in records]
    return [each for each in found if "ce_sequence" in each[0]]
