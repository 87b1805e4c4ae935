"""`dlq`, `rebuild` and `restore` as an operator types them: what they print, and how they end."""

import json
import re
from pathlib import Path

import psycopg
import pytest

from tests.command_line import Usher, send
from tests.e2e.outside import Company, eventually
from tests.stack import TestStack
from usher_contracts.topics import LICENSES, USERS


@pytest.fixture
def usher(running: TestStack) -> Usher:
    return Usher(running)


def stream_of(stack: TestStack, company: Company, email: str) -> str:
    """The stream that a user's events stand in, as every subscriber is told it."""
    user_id = company.user(email)["user_id"]
    with psycopg.connect(stack.stack.database_url("licensing")) as connection:
        row = connection.execute("SELECT stream FROM events WHERE stream LIKE %s", [f"%{user_id}"]).fetchone()
    assert row
    return str(row[0])


def unreadable(stack: TestStack, company: Company, stream: str) -> None:
    """A change of a user whose data is not what its type says."""
    send(stack, USERS, company.id, b'{"changes": 7}', ce_type="usher.UserChanged.v1", ce_subject=stream)


def words(table: str) -> list[list[str]]:
    """A printed table's lines, cell by cell."""
    return [[cell.strip() for cell in re.split("[│┃]", line)[1:-1]] for line in table.splitlines() if "│" in line]


# --- dlq


def test_what_can_not_be_read_is_listed_retried_and_dropped(usher: Usher, company: Company) -> None:
    email = company.invite("ada")
    unreadable(usher.stack, company, stream_of(usher.stack, company, email))
    (letter,) = eventually(lambda: usher.letters("validation", company.id), "a dead letter")
    fields = ["id", "consumer", "topic", "partition", "offset", "key", "type", "error", "parked"]
    assert list(letter) == fields and (letter["topic"], letter["type"]) == (USERS, "usher.UserChanged.v1")
    assert "changes" in letter["error"] and letter["parked"] == 0

    company.team.patch(f"/api/v1/team/{company.user(email)['user_id']}", json={"title": "AE"}).raise_for_status()
    eventually(lambda: usher.letters("validation", company.id)[0]["parked"] == 1, "what comes later waits behind it")

    number = str(letter["id"])
    code, said, why = usher("dlq", "validation", "retry", number)
    assert (code, why) == (1, "") and said.startswith("Applied: 0. Failed again: 1. Not tried yet: 0.\n")
    assert [number] == [row[0] for row in words(said)[1:]] or number in said

    code, said, why = usher("dlq", "validation", "drop", number)
    assert (code, said, why) == (0, "Dropped: 1.\n", "")
    eventually(lambda: not usher.letters("validation", company.id), "nothing is left, and nothing waits")
    review = company.rows({"Email": email, "Title": "AE"})
    assert review.row()["outcome"] == "unchanged", f"what had waited was applied: {review.batch}"


def test_what_can_be_applied_by_now_is(usher: Usher, company: Company) -> None:
    """As after a release that reads what the one before it could not."""
    send(usher.stack, LICENSES, company.id, b"{", ce_type="usher.CompanyChanged.v1")
    (letter,) = eventually(lambda: usher.letters("validation", company.id), "a dead letter")
    with psycopg.connect(usher.stack.stack.database_url("validation")) as connection:
        readable = json.dumps({"company_id": company.id, **company.settings, "name": "Renamed"}).encode()
        connection.execute("UPDATE dead_letter SET value = %s WHERE id = %s", [readable, letter["id"]])
    code, said, why = usher("dlq", "validation", "retry", str(letter["id"]))
    assert (code, said, why) == (0, "Applied: 1. Failed again: 0. Not tried yet: 0.\n", "")
    assert not usher.letters("validation", company.id)


@pytest.mark.parametrize("what", ["retry", "drop"])
def test_what_is_not_there_is_said(usher: Usher, what: str) -> None:
    code, said, _ = usher("dlq", "upload", what, "999999999")
    assert code == 1 and said.endswith("There is no dead letter 999999999. Look at the list.\n")


@pytest.mark.parametrize("what", ["retry", "drop"])
def test_nothing_and_everything_are_said_by_name(usher: Usher, what: str) -> None:
    for given in ((), ("1", "--all")):
        code, said, why = usher("dlq", "upload", what, *given)
        assert (code, said) == (1, "") and why == "usher: Say which: ids as list shows them, or --all.\n"


def test_an_empty_list_is_said(usher: Usher) -> None:
    assert usher("dlq", "upload", "drop", "--all")[0] == 0
    assert usher("dlq", "upload", "list") == (0, "Nothing: all that came in was processed.\n", "")
    assert usher("dlq", "upload", "list", "--json") == (0, "", "")


def test_a_service_that_there_is_not_is_named_with_those_that_there_are(usher: Usher) -> None:
    code, _, why = usher("dlq", "billing", "list")
    assert code == 1 and why == (
        "usher: There is no service 'billing'. The services are: upload, licensing, validation, notification.\n"
    )


# --- rebuild


def test_a_projection_is_compared_and_made_anew_while_it_serves(usher: Usher, company: Company) -> None:
    email = company.invite("bea")
    url = usher.stack.stack.database_url("licensing")
    code, said, why = usher("rebuild", "licensing", "team", "--check")
    assert code == 0 and re.fullmatch(r"(\w+: 0 rows differ\n)+", said), said + why
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE users SET title = 'Somebody else' WHERE email = %s", [email])
    code, said, why = usher("rebuild", "licensing", "team", "--check")
    assert code == 1 and re.search(r"^users: [12] rows differ$", said, re.MULTILINE), said + why
    code, said, why = usher("rebuild", "licensing", "team")
    assert code == 0 and re.fullmatch(r"team of licensing is rebuilt, from \d+ events\.\n", said), said + why
    assert company.user(email)["title"] is None
    assert usher("rebuild", "licensing", "team", "--check")[0] == 0


def test_what_is_kept_of_others_events_is_made_anew_from_kafka(usher: Usher, company: Company) -> None:
    email = company.invite("cem")
    company.rows({"Email": email})  # validation has heard of it
    code, said, why = usher("rebuild", "validation", "directory")
    assert code == 0 and re.fullmatch(r"directory of validation is rebuilt, from \d+ events\.\n", said), said + why
    assert company.rows({"Email": email}).row()["outcome"] == "unchanged"


def test_a_projection_that_there_is_not_is_named_with_those_that_there_are(usher: Usher) -> None:
    code, said, why = usher("rebuild", "licensing", "seats")
    assert (code, said) == (1, "") and re.match(r"usher: There is no projection 'seats' here\. The .* are: team, ", why)


# --- replay


def test_a_topic_s_history_is_published_once_more_and_where_to_go_over_is_said(usher: Usher, company: Company) -> None:
    company.invite("dee")
    name = f"{USERS}.again"
    code, said, why = usher("replay", USERS, "--into", name, "--company", company.id)
    assert code == 0, why
    found = re.fullmatch(
        rf"{name} has (\d+) messages of {USERS}, up to ce_sequence (\d+)\.\n"
        rf"Go over to {USERS} at partition:offset (\d+:\d+(?:, \d+:\d+)*), and ignore .*\n",
        said,
    )
    assert found and 0 < int(found[1]) <= int(found[2]) and len(found[3].split(", ")) == 12
    code, said, why = usher("replay", USERS, "--into", name)
    assert (code, said) == (1, "") and why.startswith(f"usher: There is something in the topic {name} already.")
    code, said, why = usher("replay", "usher.people.v1", "--into", name)
    assert (code, said) == (1, "") and "The topics are: usher.batches.v1, " in why


# --- restore


def test_a_service_that_runs_is_not_resumed(usher: Usher, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    code, said, why = usher("restore", "upload", "resume", str(tmp_path / "empty.jsonl"))
    assert (code, said) == (1, "") and why.startswith("usher: ") and "Stop every process" in why
    assert len(why.splitlines()) == 1
