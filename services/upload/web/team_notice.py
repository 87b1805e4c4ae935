"""What My Team says was done elsewhere, as the address that leads back to it has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.upload.web.undo_offer import PLACES, UndoOffer, offer
from shared.people.actions import ACTIONS

SAID = frozenset({"note", "n", *PLACES})
"""What of an address says what was done, and is no place."""
_ACTIONS = (*ACTIONS, "no_manager", "make_blank")
NOTES = frozenset({"cancelled", "undone", "view_saved", "view_deleted", *(f"did_{action}" for action in _ACTIONS)})


@dataclass(frozen=True, slots=True)
class Notice:
    """What was done, for how many, and how it can be taken back."""

    note: str
    n: int
    undo: UndoOffer | None


def notice(query: Mapping[str, str], *, admin: bool) -> Notice | None:
    """The notice of an address; None for what it can't say."""
    note, n = query.get("note", ""), query.get("n", "")
    if note not in NOTES:
        return None
    return Notice(note, int(n) if n.isdecimal() and len(n) < 7 else 1, offer(query) if admin else None)
