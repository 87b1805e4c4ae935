"""The offer to take back what was just done: in the address of the page that says it was, and in its notice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from uuid import UUID

from services.upload.web.licensing_models import Undo

PLACES = frozenset({"undo", "until"})
"""What of an address is the offer, and no place in My Team."""
_LONGEST = 60
"""Seconds: an address that says more was not made here."""


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """The action, and for how many seconds it can still be taken back."""

    id: UUID
    seconds: int


def places(undo: Undo | None) -> dict[str, str]:
    """The offer as an address has it."""
    return {"undo": undo.id, "until": str(int(undo.until.timestamp()))} if undo else {}


def offer(query: Mapping[str, str]) -> UndoOffer | None:
    """The offer of an address, as long as it stands."""
    until = query.get("until", "")
    try:
        action = UUID(query.get("undo", ""))
    except ValueError:
        return None
    left = int(until) - datetime.now(UTC).timestamp() if until.isdecimal() and len(until) < 12 else 0
    return UndoOffer(action, ceil(left)) if 0 < left <= _LONGEST else None
