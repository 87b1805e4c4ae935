"""An admin keeps looks at My Team under names, for themselves or for the company's admins."""

from uuid import UUID

from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.refusals import Refused
from services.licensing.domain.saved_views.commands import (
    BeginWith,
    ChangeView,
    DeleteView,
    SavedViewsCommand,
    SaveView,
)
from services.licensing.domain.saved_views.decide import SAVED_VIEWS
from services.licensing.domain.saved_views.events import View
from services.licensing.domain.saved_views.state import person
from services.licensing.domain.stored_events import saved_views_stream
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.saved_views import query
from services.licensing.read_models.saved_views.query import SeenView


async def save_view(uow: UnitOfWork, view: View, by: Actor, *, begin: bool) -> UUID:
    """Keeps it; the new view's id. Raises Refused."""
    await uow.lock_company("shared", by)
    view_id = new_id()
    shared = await query.shared_by_others(uow.conn, uow.company_id, person(by))
    commands: list[SavedViewsCommand] = [SaveView(uow.company_id, view_id, view, by, shared)]
    if begin:
        commands.append(BeginWith(uow.company_id, view_id, by))
    await _decide(uow, person(by), *commands)
    await uow.flush()
    return view_id


async def change_view(uow: UnitOfWork, view_id: UUID, view: View, by: Actor, *, begin: bool) -> None:
    """Makes it this one, and begins with it or no longer. Of another's nothing but the beginning can be changed. Raises
    Refused ``view_not_found``, ``not_your_view`` and what the rules refuse."""
    await uow.lock_company("shared", by)
    seen = await _seen(uow, view_id, by)
    if not seen.mine and view != seen.view:
        raise Refused("not_your_view")
    commands: list[SavedViewsCommand] = []
    if seen.mine:
        shared = await query.shared_by_others(uow.conn, uow.company_id, person(by))
        commands.append(ChangeView(uow.company_id, view_id, view, by, shared))
    if begin or seen.begins:
        commands.append(BeginWith(uow.company_id, view_id if begin else None, by))
    await _decide(uow, person(by), *commands)
    await uow.flush()


async def delete_view(uow: UnitOfWork, view_id: UUID, by: Actor) -> None:
    """Keeps it no longer; a shared one of an admin who was deactivated anybody can clear away. Raises Refused
    ``view_not_found``, ``not_your_view``."""
    await uow.lock_company("shared", by)
    seen = await _seen(uow, view_id, by)
    if not seen.mine and not await uow.is_deactivated(seen.saved_by):
        raise Refused("not_your_view")
    await _decide(uow, seen.owner, DeleteView(uow.company_id, view_id, by))
    await uow.flush()


async def _seen(uow: UnitOfWork, view_id: UUID, by: Actor) -> SeenView:
    if (seen := await query.one_seen_by(uow.conn, uow.company_id, person(by), view_id)) is None:
        raise Refused("view_not_found")
    return seen


async def _decide(uow: UnitOfWork, owner: str, *commands: SavedViewsCommand) -> None:
    views = await uow.load(SAVED_VIEWS, saved_views_stream(uow.company_id, owner))
    for command in commands:
        views.decide(command, uow.context)
