"""What a review presumes of managers, and whether it holds."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from shared.people.graph import circles


def closes_circle(new: Mapping[UUID, UUID | None], present: Mapping[UUID, UUID | None]) -> bool:
    """Whether somebody would report to themselves: ``new`` are the managers that the batch sets, None where it
    takes them away, ``present`` those of everybody above them today."""

    def manager_of(user_id: UUID) -> UUID | None:
        return new.get(user_id, present.get(user_id))

    return bool(circles(new, manager_of))


def managers_hold(presumed: Iterable[UUID], live: Mapping[UUID, object]) -> bool:
    """Whether everybody who is named as a manager is still there and not Inactive."""
    return all(manager_id in live for manager_id in presumed)
