"""What `restore check` says where nothing is lost."""

import pytest

from deploy.operate.restore import print_table


def test_where_nothing_is_lost_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([])
    assert capsys.readouterr().out == "Nothing: all that Kafka holds of the service is in its log.\n"
