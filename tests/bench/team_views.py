"""My Team for measuring: a large company, and every way to look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote_plus, urlencode
from uuid import UUID, uuid5

from services.licensing.domain.user.events import UserDeactivated, UserInvited, UserProvisioned
from services.licensing.domain.user.state import (
    Active,
    Actor,
    Inactive,
    Invitation,
    Manager,
    PendingTransfer,
    Profile,
    Waiting,
)
from services.licensing.read_models.team.fields import CUSTOM, INVITATIONS, TEXTS
from services.licensing.read_models.team.groups import FIELDS as GROUPED
from services.licensing.read_models.team.sorting import EXPRESSIONS as SORTED
from shared.eventsourcing.events import Recorded
from shared.people.statuses import STATUSES
from tests.integration.licensing.world import context

Kind = Literal["filter", "sort", "page", "group", "hierarchy", "seats"]
FIELD = "Cost Centre"
BELOW = 10
"""Direct reports of each manager."""
_BY = Actor("admin@acme.example", "Ada Admin")
_NOW = datetime.now(UTC)


@dataclass(frozen=True, eq=False)
class View:
    """One way to look. ``filter`` are fields of the interface's filter; the rest its parameters."""

    kind: Kind
    filter: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sort: str = ""
    by: str = ""
    of: str | None = None
    levels: int = 1
    cursor: str | None = None

    @property
    def name(self) -> str:
        """As it is told."""
        return f"{self.kind} {unquote_plus(self.path.removeprefix('/api/v1/').partition('cursor=')[0])}"

    @property
    def path(self) -> str:
        """As it is asked for over HTTP."""
        given: dict[str, Any] = {}
        for name, value in self.filter.items():
            if name == "custom_fields":
                given |= {f"{CUSTOM}{own}": values for own, values in value.items()}
            else:
                given[name] = ",".join(value) if name in ("status", "invitation", "blank") else value
        levels = self.levels if self.levels > 1 else None
        rest = {"sort": self.sort, "by": self.by, "of": self.of, "levels": levels, "cursor": self.cursor}
        given |= {name: value for name, value in rest.items() if value}
        where = {"group": "team/groups", "hierarchy": "team/reports", "seats": "seats"}.get(self.kind, "team")
        return f"/api/v1/{where}" + (f"?{urlencode(given, doseq=True)}" if given else "")


def user_id(company: UUID, n: int) -> UUID:
    """Of the company's user of that number."""
    return uuid5(company, str(n))


def members(company: UUID, count: int) -> Iterator[Recorded[Any]]:
    """Users of every status: of ten six are Active, two Waiting, one Pending Transfer, one Inactive."""
    for n in range(count):
        manager = Manager(user_id(company, (n - 1) // BELOW), "") if n else None
        profile = Profile(
            email=f"user{n}@{company.hex[:8]}.example",
            first_name=f"First{n % 997}",
            last_name=f"Last{n * 7919 % 200_003}",
            functional_area=f"Area {n % 20}",
            title=f"Title {n % 300}",
            region=f"Region {n % 8}",
            reports_to=manager,
            custom_fields={FIELD: f"CC{n % 400}"},
        )
        at = _NOW - timedelta(minutes=n % 10_000)
        who: dict[str, Any] = {
            "user_id": user_id(company, n),
            "company_id": company,
            "profile": profile,
            "invited_at": at,
        }
        yield Recorded(who["user_id"], f"user-{who['user_id']}", 1, _event(n, who, at), context(), None)


def _event(n: int, who: Mapping[str, Any], at: datetime) -> Any:
    link = Invitation(uuid5(who["user_id"], "link"), _BY, at, at + timedelta(days=14), offered=False)
    match n % 10:
        case 6 | 7:
            return UserInvited(Waiting(**who, invitation=link), None)
        case 8:
            return UserInvited(PendingTransfer(**who, invitation=link, plan="pro"), None)
        case 9:
            return UserDeactivated(Inactive(**who, activated_at=at), None)
        case _:
            return UserProvisioned(Active(**who, activated_at=at))


def views(company: UUID, users: int) -> list[View]:
    """Every field to filter, sort and group by; the hierarchy; seats."""
    some = users // 3
    mail = f"user{some}@{company.hex[:8]}.example"
    texts: dict[str, str] = {
        "email": mail,
        "first_name": "First5",
        "last_name": f"Last{some * 7919 % 200_003}",
        "functional_area": "area 3",
        "title": "Title 7",
        "region": "Region 3",
    }
    assert set(texts) == set(TEXTS)
    filters: list[Mapping[str, Any]] = [
        {},
        *({"status": [status]} for status in STATUSES),
        {"status": ["waiting", "active"]},
        *({"q": q} for q in ("last1", f"user{some}@", "title 299", "nobody at all", "a")),
        *({name: [value]} for name, value in texts.items()),
        {"custom_fields": {FIELD: ["CC17"]}},
        *({"blank": [name]} for name in ("reports_to", "title", f"{CUSTOM}{FIELD}")),
        *({"invitation": [state]} for state in INVITATIONS),
        {"invited_days": 5},
        *({"reports_to": who} for who in (f"user1@{company.hex[:8]}.example", str(user_id(company, 0)))),
        {"status": ["active"], "q": "last1", "region": ["Region 3"], "functional_area": ["Area 3"]},
    ]
    found = [View("filter", each) for each in filters]
    found += [View("sort", sort=f"{way}{name}") for name in (*SORTED, f"{CUSTOM}{FIELD}") for way in ("", "-")]
    found += [View("sort", sort="-region,functional_area,title"), View("sort", {"status": ["active"]}, "-title")]
    found += [View("group", by=by) for by in (*GROUPED, f"{CUSTOM}{FIELD}")]
    found += [View("group", {"q": "last1", "status": ["active"]}, by="region")]
    found += [
        View("hierarchy", of=of) for of in (None, f"user1@{company.hex[:8]}.example", str(user_id(company, some)))
    ]
    found.append(View("hierarchy", levels=3))  # as My Team opens it
    return [*found, View("seats")]
