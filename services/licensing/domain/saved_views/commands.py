"""The commands to the views of an admin. ``shared_by_others`` is how many the company's other admins share already."""

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from services.licensing.domain.saved_views.events import View
from services.licensing.domain.user.state import Actor


@dataclass(frozen=True, slots=True)
class SaveView:
    """Keep a look under a name."""

    company_id: UUID
    view_id: UUID
    view: View
    by: Actor
    shared_by_others: int = 0


@dataclass(frozen=True, slots=True)
class ChangeView:
    """Make it this one."""

    company_id: UUID
    view_id: UUID
    view: View
    by: Actor
    shared_by_others: int = 0


@dataclass(frozen=True, slots=True)
class DeleteView:
    """Keep it no longer."""

    company_id: UUID
    view_id: UUID
    by: Actor


@dataclass(frozen=True, slots=True)
class BeginWith:
    """Begin with a view that the admin can see; None: with everybody."""

    company_id: UUID
    view_id: UUID | None
    by: Actor


SavedViewsCommand: TypeAlias = SaveView | ChangeView | DeleteView | BeginWith
