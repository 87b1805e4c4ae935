"""What a service keeps in its own log of a person that it has forgotten."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

STORED_NAME = "person-erased.v1"
"""The name under which it is stored, in every service."""


class PersonErased(Struct, frozen=True):
    """Every place of this service has forgotten somebody. ``places``: how many things were changed or deleted in each.
    ``company_id``: as the request said it."""

    erasure_id: UUID
    company_id: UUID
    places: Mapping[str, int]


def erasure_stream(erasure_id: UUID | str) -> str:
    """The stream of one erasure."""
    return f"erasure-{erasure_id}"
