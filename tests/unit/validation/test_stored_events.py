"""How events are written down. A log is for ever: these files are added to, never edited."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.validation.domain.stored_events import TYPES, Event
from services.validation.domain.validation.events import ValidationEvent
from services.validation.domain.validation.values import File, ObjectRef
from tests.unit.validation.test_decisions import ABANDONED, FAILED, PASSED, REQUESTED, TOO_FEW

GOLDEN = Path(__file__).parent / "golden"


def name_of(path: Path) -> str:
    """Whose file it is. A shape that has grown has one more, numbered."""
    return ".".join(path.stem.split(".")[:2])


NEWEST = {name_of(path): path for path in sorted(GOLDEN.iterdir(), key=lambda path: (len(path.name), path.name))}
CORRECTED = File("q3.xlsx", 12_350, "2", "c/original/2")
ONE_OF_EACH: tuple[ValidationEvent, ...] = (
    replace(REQUESTED, corrections=ObjectRef("c/corrections/1", "1"), mapping=ObjectRef("c/column-mapping/1", "1")),
    replace(PASSED, file=CORRECTED, left_out=ObjectRef("c/left-out/1", "1"), columns=ObjectRef("c/columns/1", "1")),
    replace(FAILED, file_errors=TOO_FEW.file_errors, file=CORRECTED, columns=ObjectRef("c/columns/1", "1")),
    ABANDONED,
)
NAMED = {TYPES.dump(event)[0]: event for event in ONE_OF_EACH}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_an_event_is_written_as_ever(name: str) -> None:
    golden = json.loads(NEWEST[name].read_text())
    assert TYPES.dump(NAMED[name])[1] == json.dumps(golden, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_what_was_ever_written_can_be_read(path: Path) -> None:
    name = name_of(path)
    event: Event = TYPES.load(name, path.read_text())
    assert path != NEWEST[name] or NAMED.get(name, event) == event


def test_every_name_has_its_file() -> None:
    assert set(NEWEST) >= TYPES.names
