"""Saved views as the HTTP interface has them."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.licensing.api.filter_parameters import FilterParameters
from services.licensing.domain.saved_views.events import View
from services.licensing.domain.user.state import Actor
from services.licensing.messages import COLUMN_UNKNOWN, FIELD_UNKNOWN, VIEW_NAMELESS
from services.licensing.read_models.saved_views.query import SeenView
from services.licensing.read_models.team.export_columns import columns_of
from services.licensing.read_models.team.fields import CUSTOM, names_in
from services.licensing.read_models.team.groups import grouped
from services.licensing.read_models.team.sorting import order_of
from shared.http.pagination import Page
from shared.people.text import clean

_Name = Annotated[str, StringConstraints(max_length=200)]
_Value = Annotated[str, StringConstraints(max_length=500)]
_Values = Annotated[
    list[_Value],
    Field(max_length=100),
    BeforeValidator(
        lambda given: [given] if isinstance(given, str) else given, json_schema_input_type=_Value | list[_Value]
    ),
]
"""Several values, said as a list; or one alone."""
_FILTERS = sorted(FilterParameters.model_fields.keys() - {"q", "user_id"})


class ViewBody(BaseModel):
    """A look at My Team under a name. What is left out filters, sorts and groups by nothing."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "Sales in EMEA", "filters": {"functional_area": ["Sales"]}, "sort": "last_name"}]
        },
    )

    name: str = Field(min_length=1, max_length=100)
    search: str = Field("", max_length=200, description="As `q` of `GET /api/v1/team`")
    filters: dict[_Name, _Values] = Field(
        default_factory=dict[str, list[str]],
        max_length=100,
        description="Values by parameter of `GET /api/v1/team`: `status`, `region`, `custom.<name>`, …; one, or a list",
    )
    sort: str = Field("", max_length=2_000, description="As `sort` of `GET /api/v1/team`")
    group: str = Field("", max_length=200, description="As `by` of `GET /api/v1/team/groups`")
    columns: list[_Name] = Field(
        default_factory=list[str], max_length=100, description="In this order; empty: each reader's own"
    )
    shared: bool = Field(False, description="Whether the company's other admins see it, too")
    default: bool = Field(False, description="Whether the caller begins with it")

    def view(self) -> View:
        """The view. A company's own field may come and go: the answer's `missing` names those that are not there.
        Raises Problem 422 for what no company has."""
        name = clean(self.name)
        if not name:
            raise VIEW_NAMELESS()
        if unknown := [each for each in self.filters if each not in _FILTERS and not each.startswith(CUSTOM)]:
            raise FIELD_UNKNOWN(name=repr(unknown[0]), known=f"Use {', '.join(_FILTERS)}, {CUSTOM}<name>.")
        own = [each for each in (*self.columns, self.group, *self._sorted_by()) if each.startswith(CUSTOM)]
        theirs = [each.removeprefix(CUSTOM) for each in own]
        order_of(self.sort, theirs)
        if self.group:
            grouped(self.group, theirs)
        for column in self.columns:
            if "," in column and not column.startswith(CUSTOM):
                raise COLUMN_UNKNOWN(name=repr(column), known="names, each for itself")
        columns_of(",".join(self.columns), theirs)
        filters = {each: tuple(values) for each, values in self.filters.items() if values}
        return View(name, self.search.strip(), filters, self.sort, self.group, tuple(self.columns), self.shared)

    def _sorted_by(self) -> list[str]:
        return [part.strip().removeprefix("-") for part in self.sort.split(",")]


class ViewOwner(BaseModel):
    """Who saved it."""

    email: str
    name: str


class SavedView(ViewBody):
    """A view as the caller sees it."""

    id: UUID
    mine: bool = Field(description="Whether the caller saved it: then they can change it")
    owner: ViewOwner
    missing: list[str] = Field(description="Fields of it that the company does not have at present")


class ViewPage(Page[SavedView]):
    """Views by name: the caller's own, and those that the company's admins share."""


def shown(seen: SeenView, custom: Collection[str]) -> SavedView:
    """A view as it is answered; ``custom`` are the company's own fields."""
    view = seen.view
    return SavedView(
        id=seen.id,
        name=view.name,
        search=view.search,
        filters={k: list(v) for k, v in view.filters.items()},
        sort=view.sort,
        group=view.group,
        columns=list(view.columns),
        shared=view.shared,
        default=seen.begins,
        mine=seen.mine,
        owner=_owner(seen.saved_by),
        missing=_missing(view, custom),
    )


def _owner(by: Actor) -> ViewOwner:
    return ViewOwner(email=by.email, name=by.name)


def _missing(view: View, custom: Collection[str]) -> list[str]:
    present = {f"{CUSTOM}{name}" for name in custom}
    named = (*view.filters, *names_in(view.sort, custom), view.group, *view.columns)
    own = (name.removeprefix("-") for name in named)
    return list(dict.fromkeys(name for name in own if name.startswith(CUSTOM) and name not in present))
