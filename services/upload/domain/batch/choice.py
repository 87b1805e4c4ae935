"""What an admin chooses when confirming, and what was seen when it is approved."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """What an admin chose when confirming: the review that was seen (None: whichever is the present one), a sentence of
    their own for the invitations, and whether who does not answer is reminded (None: as the company has it)."""

    review: int | None = None
    message: str | None = None
    reminders: bool | None = None

    @property
    def said(self) -> str | None:
        """What tells one confirmation from another that comes with the same key."""
        seen = None if self.review is None else str(self.review)
        plain = self.message is None and self.reminders is None
        return seen if plain else repr((seen, self.message, self.reminders))


AS_IT_IS = Choice()


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """The request for an approval that was seen: of which review, and asked when. None takes whichever there is."""

    review: int | None = None
    asked_at: datetime | None = None

    @property
    def said(self) -> str | None:
        """What tells one approval from another that comes with the same key."""
        seen = None if self.review is None else str(self.review)
        return seen if self.asked_at is None else repr((seen, self.asked_at.isoformat()))


ANY_REQUEST = SeenRequest()
