"""What `./usher replay` refuses before it looks for Kafka."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.__main__ import app
from deploy.operate.errors import CommandError
from deploy.operate.replay import replay
from usher_contracts.topics import TOPICS

USERS = "usher.users.v1"


def test_a_company_that_is_no_id_is_said_so_rather_than_to_have_no_history() -> None:
    result = CliRunner().invoke(app, ["replay", USERS, "--into", "again", "--company", "acme"])

    assert result.exit_code == 2
    assert "Invalid value for '--company': Input should be a valid UUID" in result.output


@pytest.mark.parametrize("live", [topic.name for topic in TOPICS])
def test_no_history_goes_into_a_topic_that_is_read_live_even_one_with_nothing_in_it_yet(live: str) -> None:
    with pytest.raises(CommandError, match=f"{live} is a topic that services publish to. Name another one"):
        replay(USERS, live, data=Path("/nowhere"))
