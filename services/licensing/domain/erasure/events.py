"""What is kept of a request to forget somebody: who it is, by ids and digests alone."""

from uuid import UUID

from msgspec import Struct

from services.licensing.domain.user.state import Actor
from shared.eventsourcing.events import AwareDatetime


class ErasureRequested(Struct, frozen=True):
    """Somebody is to be forgotten in all that is from before ``erased_at``. ``company_id`` is the nil UUID where it is
    in every company; ``by`` None where the platform asked. ``reason`` without what is known of the person."""

    erasure_id: UUID
    company_id: UUID
    user_ids: tuple[UUID, ...]
    address_digests: tuple[str, ...]
    erased_at: AwareDatetime
    reason: str
    by: Actor | None
