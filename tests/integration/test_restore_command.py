"""`restore` as an operator types it, what it prints and how it ends: beside a Kafka without services."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

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


def test_what_kafka_holds_and_the_log_lost_is_listed_and_gone_on_from(
    usher: Usher, lost: dict[str, str], tmp_path: Path
) -> None:
    code, said, why = usher("restore", "licensing", "check", "--json")
    orphans = [json.loads(line) for line in said.splitlines()]
    (ours,) = [each for each in orphans if each["id"] == lost["id"]]
    assert code == 0 and lost.items() <= ours.items() and (ours["type"], ours["sequence"]) == (EVENT, 4711), why
    (tmp_path / "licensing.jsonl").write_text(said)

    code, table, why = usher("restore", "licensing", "check")
    assert code == 0 and lost["id"] in table and lost["stream"] in table, why

    last = max(each["sequence"] for each in orphans)
    first = usher("restore", "licensing", "resume", str(tmp_path / "licensing.jsonl"))
    assert first == (0, _resumed(last + 1, len({each["id"] for each in orphans})), "")
    again = usher("restore", "licensing", "resume", str(tmp_path / "licensing.jsonl"))
    assert again == first, "doing it twice is the same as once"


def _resumed(position: int, events: int) -> str:
    return (
        f"licensing's next event gets position {position}.\n"
        "Consumers set back to the backup: none, Kafka knows of none.\n"
        f"Events that no consumer of licensing will apply: {events}.\n"
    )


def test_where_nothing_is_lost_it_says_so(usher: Usher) -> None:
    """Nobody has sent anything in validation's name on this Kafka."""
    code, said, why = usher("restore", "validation", "check")
    assert (code, said) == (0, "Nothing: all that Kafka holds of the service is in its log.\n"), why
    assert usher("restore", "validation", "check", "--json") == (0, "", "")


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
