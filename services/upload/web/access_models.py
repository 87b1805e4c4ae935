"""What licensing answers of what a company has bought, and of what it was asked for."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from services.upload.web.licensing_models import Inviter, Seats


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class MethodologySeats(_Shape):
    """The seats of a methodology."""

    id: str
    name: str
    purchased: int
    reserved: int = 0
    consumed: int = 0
    available: int

    @property
    def occupied(self) -> int:
        """What is taken."""
        return self.reserved + self.consumed


class Subscription(_Shape):
    """From when until when Usher is bought."""

    starts_on: date | None = None
    ends_on: date | None = None


class Purchaser(_Shape):
    """Who may authorize purchases."""

    name: str
    email: str


class SeatRequest(_Shape):
    """What was asked for, and what was answered."""

    id: str
    state: str
    licenses: int = 0
    methodologies: Mapping[str, int] = {}
    note: str | None = None
    batch_id: str | None = None
    file_name: str | None = None
    asked_by: Inviter
    asked_at: datetime
    answered_at: datetime | None = None
    comment: str | None = None


class Access(_Shape):
    """All of it at one moment."""

    licenses: Seats
    methodologies: Sequence[MethodologySeats] = ()
    subscription: Subscription | None = None
    purchasers: Sequence[Purchaser] = ()
    requests: Sequence[SeatRequest] = ()

    def called(self, methodology: str) -> str:
        """What a methodology is called; its id where the company has it no more."""
        return next((each.name for each in self.methodologies if each.id == methodology), methodology)


class Requested(_Shape):
    """A request that was taken in; `mailed`: how many people are sent a mail."""

    id: str
    mailed: int = 0
