"""Where upload keeps something of people, and how it forgets somebody there."""

from services.upload.domain.stored_events import TYPES
from shared.erasure.common import COMMON
from shared.erasure.place import Places
from shared.erasure.stored_events import StoredEvents


def places() -> Places:
    """All of them, in the order in which they are gone through."""
    return (StoredEvents(TYPES), *COMMON)
