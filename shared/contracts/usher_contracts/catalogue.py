"""Every event, in the order of docs/events.md: those that have an example, which stands under the event's class."""

from __future__ import annotations

from usher_contracts.base import Event
from usher_contracts.examples import EXAMPLES

EVENTS: tuple[type[Event], ...] = tuple(type(example) for example in EXAMPLES)
