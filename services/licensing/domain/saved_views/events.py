"""Facts about the views that an admin has saved. Private to licensing: nobody else is told of them."""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from services.licensing.domain.user.state import Actor


class View(Struct, frozen=True, omit_defaults=True):
    """A look at My Team: search, ``filters`` by the names of its parameters, ``sort``, ``group``, ``columns``, none for
    each reader's own. A manager in a filter is kept by their id. ``shared``: the company's other admins see it."""

    name: str
    search: str = ""
    filters: Mapping[str, tuple[str, ...]] = {}
    sort: str = ""
    group: str = ""
    columns: tuple[str, ...] = ()
    shared: bool = False


class ViewSaved(Struct, frozen=True):
    """An admin gave a look at My Team a name."""

    company_id: UUID
    view_id: UUID
    by: Actor
    view: View


class ViewChanged(Struct, frozen=True):
    """Its owner made it another one, with the same id."""

    company_id: UUID
    view_id: UUID
    by: Actor
    view: View


class ViewDeleted(Struct, frozen=True):
    """It is gone: by its owner or, where that one has left, by another admin."""

    company_id: UUID
    view_id: UUID
    by: Actor


class BeginningChosen(Struct, frozen=True):
    """An admin begins with this view from now on, theirs or a shared one; None: with everybody."""

    company_id: UUID
    by: Actor
    view_id: UUID | None


SavedViewsEvent = ViewSaved | ViewChanged | ViewDeleted | BeginningChosen
