"""Saved views: what My Team shows, as licensing keeps it under a name, and back as an address."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import QueryParams

from services.upload.web.authentication import Visitor
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import PATH
from services.upload.web.licensing_models import SavedView, User
from services.upload.web.team_filters import Filters, every_column
from shared.http.problems import Problem


@dataclass(frozen=True, slots=True)
class ViewMenu:
    """The views that somebody can choose from, and the one that they have; `changed` where My Team shows something else
    by now."""

    views: Sequence[tuple[SavedView, str]]
    current: SavedView | None = None
    changed: bool = False


async def visible(deps: WebDependencies, visitor: Visitor) -> Sequence[SavedView]:
    """The views that this visitor sees: admins have them."""
    if not visitor.reader.admin:
        return ()
    try:
        return await deps.licensing.views(visitor.who.token)
    except Problem as refused:
        if refused.status != 404:
            raise
        return ()  # a licensing of the last release has none


async def beginning(deps: WebDependencies, visitor: Visitor, own: Collection[str]) -> str:
    """Where My Team begins for this visitor: with their view, else with everybody."""
    try:
        chosen = next((view for view in await visible(deps, visitor) if view.default), None)
    except Problem:
        chosen = None  # the page itself says what is wrong
    return place(chosen, own) if chosen else PATH


def look(filters: Filters, columns: Sequence[str], manager_id: str | None = None) -> dict[str, Any]:
    """What My Team shows, as licensing keeps it. A manager is named by their id, which stays."""
    values = dict(filters.values) | ({"reports_to": (manager_id,)} if manager_id else {})
    status = {"status": filters.status.split(",")} if filters.status else {}
    return {
        "search": filters.q,
        "filters": {**status, **{name: list(each) for name, each in values.items()}},
        "sort": "" if filters.sort == "name" else filters.order(),
        "group": filters.group,
        "columns": list(columns),
    }


def place(view: SavedView, own: Collection[str]) -> str:
    """The address that opens it, without what there is not any more; `own` names the company's own fields."""
    columns = set(every_column(own))
    asked = {
        **{name: ",".join(values) if name == "status" else tuple(values) for name, values in view.filters.items()},
        "q": view.search,
        "sort": _column_of(view.sort, own),
        "group": view.group,
        "view": view.id,
        "columns": tuple(each for each in view.columns if each in columns),
    }
    pairs = [
        (name, value)
        for name, values in asked.items()
        for value in ((values,) if isinstance(values, str) else values)
        if value
    ]
    return address(PATH, Filters.read(QueryParams(pairs), own).places())


def menu(
    views: Sequence[SavedView], filters: Filters, own: Collection[str], shown: Sequence[str], manager: User | None
) -> ViewMenu:
    """The views for who looks at this; `shown` are the columns, `manager` is whom a filter names."""
    links = [(view, place(view, own)) for view in views]
    current, link = next(((view, link) for view, link in links if view.id == filters.view), (None, ""))
    kept = Filters.read(QueryParams(link.partition("?")[2]), own)
    changed = current is not None and _comparable(filters, shown, manager) != _comparable(kept, shown, manager)
    return ViewMenu(links, current, changed)


def _comparable(filters: Filters, shown: Sequence[str], manager: User | None) -> Filters:
    """The same look in one form: a manager by their id, values in one order."""
    ids = {manager.email: manager.user_id} if manager else {}
    values = {name: tuple(sorted(ids.get(each, each) for each in given)) for name, given in filters.values.items()}
    return replace(filters, values=values, columns=filters.columns or tuple(shown))


def _column_of(sort: str, own: Collection[str]) -> str:
    """The column of the table that is sorted like this; of several fields the first."""
    orders: Mapping[str, str] = {
        Filters(sort=way + column).order(): way + column for column in every_column(own) for way in ("", "-")
    }
    return orders.get(sort) or sort.partition(",")[0]
