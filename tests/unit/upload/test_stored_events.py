"""How events are written down. A log is for ever: these files are added to, never edited."""

import json
from pathlib import Path

import pytest

from services.upload.domain.stored_events import TYPES, Event
from tests.unit.upload.examples import ONE_OF_EACH

GOLDEN = Path(__file__).parent / "golden"
NAMED = {TYPES.dump(event)[0]: event for event in ONE_OF_EACH}


def name_of(path: Path) -> str:
    """Whose file it is. A shape that has grown has one more, numbered: `batch-uploaded.v1.2.json`."""
    return ".".join(path.stem.split(".")[:2])


NEWEST = {name_of(path): path for path in sorted(GOLDEN.iterdir(), key=lambda path: (len(path.name), path.name))}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_an_event_is_written_as_ever(name: str) -> None:
    assert json.loads(TYPES.dump(NAMED[name])[1]) == json.loads(NEWEST[name].read_text())


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_what_was_ever_written_can_be_read(path: Path) -> None:
    name = name_of(path)
    event: Event = TYPES.load(name, path.read_text())
    assert name not in NEWEST or path != NEWEST[name] or NAMED.get(name, event) == event


def test_every_name_has_its_file() -> None:
    assert set(NEWEST) >= TYPES.names
