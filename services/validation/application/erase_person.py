"""Where validation keeps something of people, and how it forgets somebody there. Files and rows of batches are upload's
to rewrite: what stands of them here are references and numbers."""

from services.validation.domain.stored_events import TYPES
from shared.erasure.common import COMMON, JOBS
from shared.erasure.place import Places
from shared.erasure.stored_events import StoredEvents
from shared.erasure.table_rows import TableRows

PEOPLE = TableRows(
    table="people",
    key=("user_id",),
    columns=(
        "email",
        "email_key",
        "first_name",
        "last_name",
        "functional_area",
        "title",
        "region",
        "custom_fields",
    ),
    json=("custom_fields",),
    delete=True,
)
HEARD: Places = (PEOPLE,)
"""What is kept of others' events, and rebuilt from them."""


def places() -> Places:
    """All of them, in the order in which they are gone through."""
    return (StoredEvents(TYPES), JOBS, *COMMON, *HEARD)
