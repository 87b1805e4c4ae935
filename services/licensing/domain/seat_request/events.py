"""Facts about one request for more licenses and seats. One request, one stream."""

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from services.licensing.domain.user.state import Actor

Answer = Annotated[Literal["granted", "declined"], Field(title="SeatsAnswer")]


class WantedSeats(Struct, frozen=True, omit_defaults=True):
    """So many more licenses, and seats of methodologies by their ids; ``names``: what these are called."""

    licenses: int = 0
    methodologies: Mapping[str, int] = {}
    names: Mapping[str, str] = {}


class Purchaser(Struct, frozen=True):
    """A user who may authorize purchases, as they were called when they were asked."""

    email: str
    name: str


class SeatsRequested(Struct, frozen=True, omit_defaults=True):
    """An admin asks for more. ``batch_id``: which file needs it. ``purchasers`` are those who are told; there may be
    none."""

    request_id: UUID
    company_id: UUID
    by: Actor
    wanted: WantedSeats
    note: str | None = None
    batch_id: UUID | None = None
    purchasers: tuple[Purchaser, ...] = ()


class SeatsRequestAnswered(Struct, frozen=True, omit_defaults=True):
    """The billing side has answered. What was bought is said of the company, not here."""

    request_id: UUID
    company_id: UUID
    answer: Answer
    asked_by: Actor
    wanted: WantedSeats
    comment: str | None = None
    batch_id: UUID | None = None


SeatRequestEvent = SeatsRequested | SeatsRequestAnswered
