"""How events are written down. A log is for ever: these files are added to, never edited."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.validation.domain.stored_events import TYPES
from services.validation.domain.validation.events import ValidationEvent
from tests.unit.validation.test_decisions import ABANDONED, FAILED, PASSED, REQUESTED, TOO_FEW

GOLDEN = Path(__file__).parent / "golden"
ONE_OF_EACH: tuple[ValidationEvent, ...] = (
    REQUESTED,
    PASSED,
    replace(FAILED, file_errors=TOO_FEW.file_errors),
    ABANDONED,
)
NAMED = {TYPES.dump(event)[0]: event for event in ONE_OF_EACH}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_an_event_is_written_as_ever(name: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    assert TYPES.dump(NAMED[name])[1] == json.dumps(golden, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_what_was_ever_written_can_be_read(path: Path) -> None:
    event: ValidationEvent = TYPES.load(path.stem, path.read_text())
    assert NAMED.get(path.stem, event) == event


def test_every_name_has_its_file() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} >= TYPES.names
