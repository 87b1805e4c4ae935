"""The example subscriber's handling of what it cannot know; the rest of it is run against the product in tests/e2e."""

import sqlite3

import pytest

from examples.subscriber.subscriber import handle
from usher_contracts.examples import EXAMPLES


@pytest.mark.parametrize(
    ("ce_type", "value", "said"),
    [
        ("usher.UserPromoted.v1", b"{}", "UnknownType"),
        ("usher.UserActivated.v2", b"{}", "UnknownType"),
        ("usher.UserActivated.v1", b"garbage", "Undecodable"),
    ],
)
def test_what_it_cannot_know_is_said_and_skipped(
    ce_type: str, value: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handle(ce_type, value, sqlite3.connect(":memory:"))
    assert said in capsys.readouterr().out


def test_every_event_of_the_contracts_is_handled() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE active (company_id TEXT PRIMARY KEY, users INTEGER)")
    for event in EXAMPLES:
        handle(event.type, event.model_dump_json().encode(), database)
    assert database.execute("SELECT users FROM active").fetchall() == [(1,)], "one activated, one away, one back"
