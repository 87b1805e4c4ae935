"""usher.erasures.v1, written by licensing: compacted, who is to be forgotten. What each service has done about it, it
says on its own topic."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import COMPANY, USER

__all__ = ["ErasedFromBatches", "ErasedFromInvitations", "ErasedFromValidations", "ErasureRequested", "PlacesErased"]


class ErasureRequested(Event):
    """Somebody is to be forgotten, in all that is from before `erased_at`. No address stands here: `address_digests`
    are made of theirs under a key of Usher's own. `company_id` is the nil UUID where it is in every company.

    Kept for ever, so that what is restored from a backup forgets again.
    """

    topic: ClassVar[str] = topics.ERASURES
    type: ClassVar[str] = "usher.ErasureRequested.v1"

    erasure_id: Id
    user_ids: tuple[Id, ...] = ()
    address_digests: tuple[str, ...] = ()
    erased_at: datetime

    @property
    def key(self) -> str:
        """The erasure: compaction keeps each."""
        return self.erasure_id


class PlacesErased(Event):
    """A service has forgotten somebody in all of its places."""

    erasure_id: Id
    places: dict[str, int]
    """How many things were changed or deleted in each."""


class ErasedFromBatches(PlacesErased):
    """Upload has: its log, files and rows of batches, drafts, what it knows of users, and sessions."""

    topic: ClassVar[str] = topics.BATCHES
    type: ClassVar[str] = "usher.ErasedFromBatches.v1"


class ErasedFromValidations(PlacesErased):
    """Validation has: its log, and the directory that it keeps."""

    topic: ClassVar[str] = topics.VALIDATIONS
    type: ClassVar[str] = "usher.ErasedFromValidations.v1"


class ErasedFromInvitations(PlacesErased):
    """Notification has: its log, mails, and deliveries of webhooks."""

    topic: ClassVar[str] = topics.INVITATIONS
    type: ClassVar[str] = "usher.ErasedFromInvitations.v1"


_ERASURE = "0190a000-0000-7000-8000-0000000000d9"

EXAMPLES: tuple[Event, ...] = (
    ErasureRequested(
        company_id=COMPANY,
        erasure_id=_ERASURE,
        user_ids=(USER,),
        address_digests=("5d7f0e3c1a9b84f26d03c7e8912ab45f6e7d8c9b0a1f2e3d4c5b6a79880716f5",),
        erased_at=datetime.fromisoformat("2027-03-01T08:30:00Z"),
    ),
    ErasedFromBatches(company_id=COMPANY, erasure_id=_ERASURE, places={"events": 4, "files": 2}),
    ErasedFromValidations(company_id=COMPANY, erasure_id=_ERASURE, places={"events": 0, "people": 1}),
    ErasedFromInvitations(company_id=COMPANY, erasure_id=_ERASURE, places={"events": 3, "mails": 1}),
)
"""One of each: an event without one is not in the catalogue."""
