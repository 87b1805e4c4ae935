"""How My Team is filtered, grouped and sorted, as addresses have it and as licensing takes it: by the same names."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import QueryParams

from shared.people.access import PERMISSIONS
from shared.people.profile import DETAIL_KEYS, FILTER_KEYS, METHODOLOGIES, REPORTS_TO, STANDARD_FIELDS
from shared.people.statuses import INVITED, STATUSES

PAGE = 50
OWN = "custom."
"""Before a company's own field, as in the parameters of licensing's `GET /api/v1/team`."""
INVITATIONS = ("queued", "sent", "failed", "expired")
_LISTED = tuple(field.key for field in STANDARD_FIELDS if field.listed_in)
FREE_TEXTS = tuple(key for key in FILTER_KEYS if key not in _LISTED)
"""What can be filtered by and has no list to choose from."""
COLUMNS = ("name", "status", "invitation", *sorted(DETAIL_KEYS, key=_LISTED.__contains__), REPORTS_TO)
"""The table's columns, as long as nobody chose others: what is said of one person before what many share."""
_MORE = (METHODOLOGIES, "permissions", "invited_at", "activated_at")
_BY_LIST = tuple(key for key in FILTER_KEYS if key in _LISTED)
GROUPS = (REPORTS_TO, "status", *_BY_LIST, METHODOLOGIES, *FREE_TEXTS, "invitation")
"""What it can be grouped by beside the company's own fields; managers first, few and large groups before many."""
_LISTS = ("invitation", "permission", METHODOLOGIES, "blank")
"""Those that take theirs by comma."""
_SINGLE = (REPORTS_TO, "invited_days")
MAX_LENGTH = 200
_ID = re.compile(r"[0-9a-f-]{36}")
_SORTS = {"name": "last_name,first_name", "invitation": "invited_at,last_name"}


def custom_columns(own: Collection[str]) -> list[str]:
    """The company's own fields as columns and filters; `own` are their names."""
    return [OWN + name for name in own]


def every_column(own: Collection[str]) -> list[str]:
    """All columns that the table can have."""
    return [*COLUMNS, *_MORE, *custom_columns(own)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `values` by field; `sort` is a column, with "-" before it for descending; `view` is
    the saved view that it began with, by its id; `columns` are that view's, none for each reader's own."""

    status: str = ""
    q: str = ""
    sort: str = "name"
    group: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    view: str = ""
    columns: tuple[str, ...] = ()

    @classmethod
    def read(cls, query: QueryParams, own: Collection[str] = ()) -> "Filters":
        """From an address; what is not known is left out. `own` are the names of the company's own fields."""
        custom = custom_columns(own)
        names = [*FILTER_KEYS, *_LISTS, *_SINGLE, *custom]
        given = {
            name: tuple(value.strip()[:MAX_LENGTH] for value in query.getlist(name) if value.strip()) for name in names
        }
        sort, group = query.get("sort", "name"), query.get("group", "")
        return cls(
            status=",".join(one for one in query.get("status", "").split(",") if one in STATUSES),
            q=query.get("q", "").strip()[:MAX_LENGTH],
            sort=sort if sort.removeprefix("-") in every_column(own) else "name",
            group=group if group in {*GROUPS, *custom} else "",
            values={
                name: known
                for name, values in given.items()
                if (known := _known(name, tuple(filter(None, values)), custom))
            },
            view=view if _ID.fullmatch(view := query.get("view", "")) else "",
            columns=tuple(each for each in dict.fromkeys(query.getlist("columns")) if each in every_column(own)),
        )

    @property
    def any(self) -> bool:
        """Whether somebody may be left out."""
        return bool(self.status or self.q or self.values)

    def has(self, name: str, value: str) -> bool:
        """Whether this value is among those filtered by."""
        return value in self.values.get(name, ())

    def one(self, name: str) -> str:
        """The value of a field that takes one."""
        return next(iter(self.values.get(name, ())), "")

    def places(self, **other: Any) -> dict[str, Any]:
        """The filters as an address has them, some replaced."""
        own = {"view": self.view, "columns": self.columns}
        mine = {
            "status": self.status,
            "q": self.q,
            "sort": self.sort,
            "group": self.group,
            **self.values,
            **own,
            **other,
        }
        return {name: value for name, value in mine.items() if value and (name, value) != ("sort", "name")}

    def without(self, name: str, value: str) -> dict[str, Any]:
        """The same without one value."""
        return self.places(**{name: tuple(each for each in self.values[name] if each != value)})

    def conditions(self) -> dict[str, Any]:
        """Who is asked for, as licensing takes it."""
        lists = {name: ",".join(self.values[name]) for name in _LISTS if name in self.values}
        single = {name: self.values[name][-1] for name in _SINGLE if name in self.values}
        # How long ago somebody was invited matters of those who have not joined: to them it can be sent again.
        status = self.status or (",".join(INVITED) if "invited_days" in self.values else "")
        known = {"status": status, "q": self.q, **self.values, **lists, **single}
        return {
            "methodology" if name == METHODOLOGIES else name: list(value) if isinstance(value, tuple) else value
            for name, value in known.items()
            if value
        }

    def order(self) -> str:
        """The order, as licensing takes it: within the same value by last name."""
        column, descending = self.sort.removeprefix("-"), self.sort.startswith("-")
        fields = _SORTS.get(column, f"{column},last_name").split(",")
        return ",".join(f"-{each}" for each in fields) if descending else ",".join(fields)

    def asked(self, cursor: str | None) -> dict[str, Any]:
        """A page of users, as licensing takes it."""
        return {"limit": str(PAGE), "sort": self.order(), **self.conditions(), **({"cursor": cursor} if cursor else {})}

    def asked_groups(self, cursor: str | None) -> dict[str, Any]:
        """A page of groups, as licensing takes it."""
        return {"limit": str(PAGE), "by": self.group, **self.conditions(), **({"cursor": cursor} if cursor else {})}


def _known(name: str, values: tuple[str, ...], custom: Collection[str]) -> tuple[str, ...]:
    match name:
        case "invitation":
            return tuple(value for value in values if value in INVITATIONS)
        case "permission":
            return tuple(value for value in values if value in PERMISSIONS)
        case "blank":
            return tuple(value for value in values if value in {REPORTS_TO, METHODOLOGIES, *FILTER_KEYS, *custom})
        case "invited_days":
            return tuple(value for value in values if value.isdecimal() and len(value) < 5)[-1:]
        case "reports_to":
            return values[-1:]
        case _:
            return values[:100]
