"""The rules of saved views: a name is used once by an admin, and there are no more than a menu can show."""

from uuid import UUID

from services.licensing.domain.refusals import Refused
from services.licensing.domain.saved_views.commands import (
    BeginWith,
    ChangeView,
    DeleteView,
    SavedViewsCommand,
    SaveView,
)
from services.licensing.domain.saved_views.events import (
    BeginningChosen,
    SavedViewsEvent,
    View,
    ViewChanged,
    ViewDeleted,
    ViewSaved,
)
from services.licensing.domain.saved_views.state import SavedViews, evolve
from shared.eventsourcing.decider import Decider
from shared.people.text import fold

MAX_VIEWS = 50
"""Views that an admin has."""
MAX_SHARED = 100
"""Views that a company's admins share."""


def decide(command: SavedViewsCommand, state: SavedViews) -> list[SavedViewsEvent]:
    """What ``command`` comes to; nothing where it changes nothing. Raises Refused."""
    match command:
        case SaveView(company_id, view_id, view, by, shared):
            if len(state.views) >= MAX_VIEWS:
                raise Refused("too_many_views", most=MAX_VIEWS)
            _check(view, view_id, state, shared)
            return [ViewSaved(company_id, view_id, by, view)]
        case ChangeView(company_id, view_id, view, by, shared):
            if view == _own(view_id, state):
                return []
            _check(view, view_id, state, shared)
            return [ViewChanged(company_id, view_id, by, view)]
        case DeleteView(company_id, view_id, by):
            _own(view_id, state)
            return [ViewDeleted(company_id, view_id, by)]
        case BeginWith(company_id, view_id, by):
            return [BeginningChosen(company_id, by, view_id)] if view_id != state.begins_with else []


def _own(view_id: UUID, state: SavedViews) -> View:
    if (view := state.views.get(view_id)) is None:
        raise Refused("view_not_found")
    return view


def _check(view: View, view_id: UUID, state: SavedViews, shared_by_others: int) -> None:
    others = {other_id: other for other_id, other in state.views.items() if other_id != view_id}
    if fold(view.name) in {fold(other.name) for other in others.values()}:
        raise Refused("view_name_taken")
    before = state.views.get(view_id)
    newly_shared = view.shared and not (before and before.shared)
    if newly_shared and shared_by_others + sum(other.shared for other in others.values()) >= MAX_SHARED:
        raise Refused("too_many_shared_views", most=MAX_SHARED)


SAVED_VIEWS: Decider[SavedViewsCommand, SavedViews, SavedViewsEvent] = Decider(SavedViews(), decide, evolve)
