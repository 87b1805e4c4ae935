"""Where a process can be told to die: only where it was started for it, once, and never in production."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.core import crash_points
from shared.core.settings import ServiceSettings
from tests.faults.points import POINTS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[signal.Signals]]:
    """The signals that this process would have sent itself."""
    sent: list[signal.Signals] = []

    def kill(pid: int, number: signal.Signals) -> None:
        assert pid == os.getpid()
        sent.append(number)

    monkeypatch.setattr(os, "kill", kill)
    yield sent
    crash_points.listen(None, "licensing")


def test_a_process_dies_at_an_armed_point_once(tmp_path: Path, deaths: list[signal.Signals]) -> None:
    crash_points.listen(tmp_path, "licensing")
    crash_points.reached("relay.sent")
    (tmp_path / "relay.sent@licensing").touch()
    (tmp_path / "relay.sent@upload").touch()
    crash_points.reached("relay.checkpointed")
    assert deaths == []
    crash_points.reached("relay.sent")
    crash_points.reached("relay.sent")
    assert deaths == [signal.SIGKILL]
    assert [left.name for left in tmp_path.iterdir()] == ["relay.sent@upload"]


def test_a_point_can_be_passed_before_it_kills(tmp_path: Path, deaths: list[signal.Signals]) -> None:
    crash_points.listen(tmp_path, "licensing")
    (tmp_path / "relay.sent@licensing").write_text("2")
    for _ in range(2):
        crash_points.reached("relay.sent")
    assert deaths == []
    crash_points.reached("relay.sent")
    assert deaths == [signal.SIGKILL]


def test_nobody_listens_who_was_not_told_to(tmp_path: Path, deaths: list[signal.Signals]) -> None:
    (tmp_path / "relay.sent@licensing").touch()
    crash_points.listen(None, "licensing")
    crash_points.reached("relay.sent")
    assert deaths == []
    assert ServiceSettings().crash_points is None


def test_every_point_in_the_code_is_tried_by_a_fault() -> None:
    source = "".join(file.read_text() for part in ("services", "shared") for file in (ROOT / part).rglob("*.py"))
    assert set(re.findall(r'\breached\("([^"]+)"\)', source)) == set(POINTS)


def test_production_refuses_crash_points(tmp_path: Path) -> None:
    assert ServiceSettings(environment="development", crash_points=tmp_path).crash_points == tmp_path
    with pytest.raises(ValidationError, match="USHER_CRASH_POINTS"):
        ServiceSettings(environment="production", crash_points=tmp_path)


def test_production_refuses_crash_points_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USHER_ENVIRONMENT", "production")
    monkeypatch.setenv("USHER_CRASH_POINTS", str(tmp_path))
    with pytest.raises(ValidationError, match="production takes none"):
        ServiceSettings()
