"""What an admin has saved by now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.licensing.domain.saved_views.events import (
    BeginningChosen,
    SavedViewsEvent,
    View,
    ViewChanged,
    ViewDeleted,
    ViewSaved,
)
from services.licensing.domain.user.state import Actor


@dataclass(frozen=True, slots=True)
class SavedViews:
    """One admin's own views by their ids; the view that they begin with may be another's."""

    views: Mapping[UUID, View] = field(default_factory=dict[UUID, View])
    begins_with: UUID | None = None


def person(by: Actor) -> str:
    """Whose views they are: as their token's subject, whatever their address becomes."""
    return by.subject or by.email


def evolve(state: SavedViews, event: SavedViewsEvent) -> SavedViews:
    """What there is after ``event``."""
    match event:
        case ViewSaved() | ViewChanged():
            return replace(state, views={**state.views, event.view_id: event.view})
        case ViewDeleted():
            left = {view_id: view for view_id, view in state.views.items() if view_id != event.view_id}
            begins = None if state.begins_with == event.view_id else state.begins_with
            return SavedViews(left, begins)
        case BeginningChosen():
            return replace(state, begins_with=event.view_id)
