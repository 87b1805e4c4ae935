"""Where validation keeps something of people, and how it forgets somebody there."""

from services.validation.domain.stored_events import TYPES
from shared.erasure.common import COMMON, JOBS
from shared.erasure.place import Places
from shared.erasure.stored_events import StoredEvents


def places() -> Places:
    """All of them, in the order in which they are gone through."""
    return (StoredEvents(TYPES), JOBS, *COMMON)
