"""No message is many times as long as the stored event that it is made of: only long ones are measured on appending."""

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

import services.licensing.main
import services.notification.main
import services.upload.main
import services.validation.main
from shared.eventsourcing.event_store import LARGEST_MESSAGE, MEASURED_FROM, EventStore
from shared.eventsourcing.events import Context, Recorded

TESTS = Path(__file__).parents[1]
GOLDEN: dict[ModuleType, Path] = {
    services.upload.main: TESTS / "unit" / "upload" / "golden",
    services.validation.main: TESTS / "unit" / "validation" / "golden",
    services.licensing.main: TESTS / "unit" / "licensing" / "golden",
    services.notification.main: TESTS / "contracts" / "golden" / "notification",
}
TIMES, AND = 4, 4 * 1024
CONTEXT = Context("batch", "cause", f"00-{'a' * 32}-{'b' * 16}-01", str(UUID(int=1)), datetime(2026, 1, 2, tzinfo=UTC))
CASES = [pytest.param(app, file, id=f"{app.__name__}-{file.stem}") for app in GOLDEN for file in GOLDEN[app].iterdir()]


@pytest.mark.parametrize(("app", "file"), CASES)
def test_a_message_is_about_as_long_as_what_is_stored(app: ModuleType, file: Path) -> None:
    pool: Any = None
    store: EventStore[Any] = app.event_store(pool)
    event = store.types.load(".".join(file.stem.split(".")[:2]), file.read_text())
    stored = len(store.types.dump(event)[1])
    for message in store.publish(Recorded(UUID(int=7), f"batch-{UUID(int=9)}", 1, event, CONTEXT, 1)):
        assert len(message.data or b"") <= TIMES * stored + AND


def test_so_no_short_event_makes_a_message_too_large() -> None:
    assert TIMES * MEASURED_FROM + AND < LARGEST_MESSAGE
