"""My Team: licenses, counts and the table of users."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Deps, SignedIn, Visitor
from services.upload.web.cursor_pagination import CursorPosition, PageLinks, address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.form_fields import listed_by
from services.upload.web.last_team_view import BACK, last, remember, remembered
from services.upload.web.licensing_models import Group, Team, User
from services.upload.web.pages.license_counts import PATH, LicensesView, licenses, needed_fields, own_fields
from services.upload.web.team_column_choice import TeamColumnChoice, exported
from services.upload.web.team_filters import FREE_TEXTS, GROUPS, OWN, PAGE, Filters, custom_columns
from services.upload.web.team_notice import SAID, Notice, notice
from services.upload.web.team_views import ViewMenu, beginning, menu, visible
from services.upload.web.user_selection import MAX_SELECTED, Selected, SelectionBar
from shared.http.problems import Problem
from shared.people.profile import METHODOLOGIES, REPORTS_TO, STANDARD_FIELDS
from shared.people.statuses import LIVE, STATUSES
from usher_contracts import CompanyChanged

router = APIRouter()

_NONE: Mapping[str, str] = {}
_OUTSIDE = {"invitation": "not_sso_domain", "limit": "1"}
"""Whom the company invited before it had the SSO domains that it has now."""


@dataclass(frozen=True, slots=True)
class Column:
    """A head of the table: where its link leads, and how the table is sorted by it now. A company's own field has the
    name that the company gave it."""

    field: str
    link: str
    order: str | None
    names: Mapping[str, str] | None = None
    """Of methodologies: what each is called, by its id."""

    @property
    def own(self) -> str:
        """The name of a company's own field; empty for the others."""
        return self.field.removeprefix(OWN) if self.field.startswith(OWN) else ""


@dataclass(frozen=True, slots=True)
class Active:
    """A value that is filtered by; its link leads to the list without it."""

    field: str
    value: str
    link: str


@dataclass(frozen=True, slots=True)
class Part:
    """A group of users; its link leads to the list of them."""

    value: str | None
    count: int
    link: str
    statuses: Mapping[str, int] = field(default_factory=dict[str, int])
    share: int | None = None
    """Of a hundred users, None where it is not known."""

    @property
    def query(self) -> str:
        """What the list of them is filtered by, as an address has it."""
        return self.link.partition("?")[2]


@dataclass(frozen=True, slots=True)
class TeamView:
    """The page."""

    filters: Filters
    team: Team
    lists: Mapping[str, Sequence[str]]
    texts: Sequence[str]
    groupings: Sequence[str]
    active: Sequence[Active]
    parts: Sequence[Part] | None
    exports: Mapping[str, str]
    licenses: LicensesView | None
    outside: int
    columns: Sequence[Column]
    choice: TeamColumnChoice
    pager: PageLinks
    company: str
    notice: Notice | None
    selection: SelectionBar
    admin: bool
    query: str
    needed: Sequence[str]
    views: ViewMenu
    manager: User | None = None
    """Whose reports alone are shown."""
    methodologies: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the company's methodologies are called, by their ids."""
    most: int = MAX_SELECTED

    @property
    def alone(self) -> bool:
        """Whether the admin is the only user, so that the page helps them begin."""
        return self.licenses is not None and self.licenses.seats.everyone <= 1 and not self.filters.any


@router.get("/")
async def home(deps: Deps, visitor: SignedIn) -> Response:
    """My Team is where everything starts, with the view that somebody has chosen to begin with."""
    company = await deps.uploads.company(visitor.who.company_id) if visitor.who.company_id else None
    return RedirectResponse(await beginning(deps, visitor, own_fields(company)), 303)


@router.get(PATH)
async def team(request: Request, deps: Deps, visitor: SignedIn) -> Response:
    """The table, as the address filters, sorts and pages it. `note` says what was just done elsewhere, for `n`."""
    view = await _view(deps, visitor, request.query_params)
    answer = deps.renderer.page(request, "team.html", view, visitor.reader)
    remember(answer, deps.cookie, visitor.who, "team", view.query)
    return answer


@router.get(BACK)
async def back(request: Request, deps: Deps, visitor: SignedIn, view: str = "") -> Response:
    """My Team as it was before a detour: its search, filters, order and page; with `view` "table" its table."""
    if not remembered(request, visitor.who):
        return await home(deps, visitor)
    return RedirectResponse(last(request, visitor.who, table=view == "table"), 303)


@router.get(f"{PATH}/export.{{kind}}")
async def export(
    request: Request, deps: Deps, visitor: SignedIn, kind: Literal["xlsx", "csv"], fields: str = ""
) -> Response:
    """The list as the address filters and sorts it, as a file: with the columns that are on this person's screen; with
    `fields` "all", with every field that can be uploaded again."""
    own = own_fields(await deps.uploads.company(visitor.who.company))
    filters = Filters.read(request.query_params, own)
    choice = TeamColumnChoice(filters.columns or await deps.choices.chosen(visitor.who), own)
    columns = {} if fields == "all" else {"columns": exported(choice.on_screen(filters))}
    asked = {"sort": filters.order(), **filters.conditions(), **columns}
    return await deps.licensing.export(visitor.who.token, kind, asked)


async def _view(deps: WebDependencies, visitor: Visitor, query: QueryParams) -> TeamView:
    company, token = await deps.uploads.company(visitor.who.company), visitor.who.token
    filters, position = Filters.read(query, own_fields(company)), CursorPosition.read(query)
    sso = company is not None and bool(company.sso_domains)
    outside, (team, parts, following, total), seats, manager, views = await asyncio.gather(
        deps.licensing.team(token, _OUTSIDE) if visitor.reader.admin and sso else _nothing(),
        _listed(deps, token, filters, position.cursor),
        # The company's licenses are the admins' business; a manager sees their own people only.
        deps.licensing.seats(token) if visitor.reader.admin else _nothing(),
        manager_named(deps, token, filters.one(REPORTS_TO)),
        visible(deps, visitor),
    )
    lists = _lists(company)
    methodologies = {each.id: each.name for each in company.methodologies} if company else {}
    own = own_fields(company)
    choice = TeamColumnChoice(filters.columns or await deps.choices.chosen(visitor.who), own)
    shown = [user.user_id for user in team.items]
    size = len(parts) if parts is not None else len(shown)
    return TeamView(
        filters=filters,
        team=team,
        lists=lists,
        texts=[*FREE_TEXTS, *(name for name in custom_columns(own) if name not in lists)],
        groupings=[*(each for each in GROUPS if each != METHODOLOGIES or methodologies), *custom_columns(own)],
        active=active(filters, manager, methodologies),
        methodologies=methodologies,
        parts=parts,
        exports=_exports(filters),
        licenses=licenses(filters, seats) if seats else None,
        outside=outside.total if outside else 0,
        columns=[_column(field, filters, methodologies) for field in choice.on_screen(filters)],
        choice=choice,
        pager=position.links(PATH, filters.places(), shown=size, size=PAGE, following=following, total=total),
        company=visitor.reader.company,
        notice=notice(query, admin=visitor.reader.admin),
        selection=SelectionBar(
            await deps.selections.selected(visitor.session_id, shown) if visitor.reader.admin else Selected(),
            "groups" if parts is not None else "table",
            team.total if len(shown) < team.total <= MAX_SELECTED else 0,
            bool(methodologies),
        ),
        admin=visitor.reader.admin,
        query=urlencode([(name, value) for name, value in query.multi_items() if name not in SAID]),
        needed=needed_fields(company),
        views=menu(views, filters, own, choice.shown, manager),
        manager=manager,
    )


def _exports(filters: Filters) -> dict[str, str]:
    """Each kind of file with its address: for people first, then for other programs."""
    kinds = {"xlsx": ("xlsx", ""), "xlsx_all": ("xlsx", "all"), "csv": ("csv", "")}
    return {
        name: address(f"{PATH}/export.{kind}", filters.places(group="", fields=fields))
        for name, (kind, fields) in kinds.items()
    }


async def _listed(
    deps: WebDependencies, token: str, filters: Filters, cursor: str | None
) -> tuple[Team, Sequence[Part] | None, str | None, int]:
    """The users or, where the address groups, the groups; the next page's cursor; how many there are."""
    if not filters.group:
        team = await deps.licensing.team(token, filters.asked(cursor))
        return team, None, team.next_cursor, team.total
    groups = await deps.licensing.groups(token, filters.asked_groups(cursor))
    parts = [_part(filters, group, groups.users) for group in groups.items]
    return Team(), parts, groups.next_cursor, groups.total


def _part(filters: Filters, group: Group, users: int) -> Part:
    by, value = filters.group, group.user_id or group.value
    where = {by: value if by == "status" else (value,)} if value else {"blank": (*filters.values.get("blank", ()), by)}
    link = address(PATH, filters.places(group="", **where))
    statuses = {status: group.of(status) for status in STATUSES if group.of(status)}
    share = round(100 * group.count / users) if users else None
    return Part(group.name or group.value, group.count, link if value or by != "invitation" else "", statuses, share)


def _lists(company: CompanyChanged | None) -> dict[str, Sequence[str]]:
    """Fields that have a list to choose from."""
    if company is None:
        return {}
    own = {OWN + each.name: each.values for each in company.custom_fields if each.values}
    lists = {**{field.key: listed_by(company, field) for field in STANDARD_FIELDS if field.filterable}, **own}
    return {name: values for name, values in lists.items() if values}


async def manager_named(deps: WebDependencies, token: str, named: str) -> User | None:
    """Whom a filter names by their id or address."""
    if not named:
        return None
    asked = {"email": [named], "status": ",".join(LIVE)} if "@" in named else {"user_id": [named]}
    try:
        return next(iter((await deps.licensing.team(token, asked)).items), None)
    except Problem as refused:
        if refused.status >= 500:
            raise
        return None  # what is neither an id nor an address names nobody


def active(filters: Filters, manager: User | None, methodologies: Mapping[str, str] = _NONE) -> list[Active]:
    """The values that are filtered by."""

    def shown(name: str, value: str) -> str:
        if name == METHODOLOGIES:
            return methodologies.get(value, value)
        return manager.name if manager and name == REPORTS_TO else value

    return [
        Active(name, shown(name, value), address(PATH, filters.without(name, value)))
        for name, values in filters.values.items()
        for value in values
    ]


async def _nothing() -> None:
    return None


def _column(field: str, filters: Filters, methodologies: Mapping[str, str]) -> Column:
    sorted_by, descending = filters.sort.removeprefix("-"), filters.sort.startswith("-")
    turned = f"-{field}" if sorted_by == field and not descending else field
    order = ("descending" if descending else "ascending") if sorted_by == field else None
    names = methodologies if field == METHODOLOGIES else None
    return Column(field, address(PATH, filters.places(sort=turned)), order, names)
