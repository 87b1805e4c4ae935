"""A directory's first sync of 10,000 people, as fast as it is answered: looked for, created: `[PEOPLE]`.

By Okta's way: nobody comes in an order that suits who reports to whom, and managers are named by their addresses, so
that many are wanted before they are there. Beside the whole stands the last tenth, when there are nearly as many users
as there will be; and what is asked again and again later, each person looked for and replaced whole as they are.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import httpx

from tests.bench.admin import Admin
from tests.bench.bench_stack import bench_stack
from tests.bench.figures import Beside, Figure, Plan, at_least, p95
from tests.bench.workbooks import AREAS, REGIONS

CONNECTIONS = 4
"""Requests of the directory's that are under way at once."""
REQUESTS = 2
"""For each person."""
_REPORTS = 30
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_USER = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True)
class Synced:
    """When a person was begun, and how long each of their requests took."""

    begun: float
    seconds: tuple[float, float]

    @property
    def ended(self) -> float:
        return self.begun + sum(self.seconds)


class Directory:
    """Of a company, with a token of its own."""

    def __init__(self, admin: Admin) -> None:
        self.domain = admin.domain
        made = admin.licensing.post("/api/v1/scim/tokens", json={"name": "Okta"}).raise_for_status().json()
        self.http = httpx.Client(
            base_url=f"{admin.licensing.base_url}/scim/v2",
            headers={"Authorization": f"Bearer {made['token']}"},
            timeout=300,
        )

    def create(self, n: int) -> Synced:
        """Who is not there yet."""
        begun = perf_counter()
        assert not self._found(n)
        between = perf_counter()
        made = self.http.post("/Users", json=self._person(n))
        assert made.status_code == 201, made.text
        return Synced(begun, (between - begun, perf_counter() - between))

    def replace(self, n: int) -> Synced:
        """Who is there, as they are."""
        begun = perf_counter()
        (found,) = self._found(n)
        between = perf_counter()
        said = self.http.put(f"/Users/{found['id']}", json={**self._person(n), "id": found["id"]})
        assert said.status_code == 200, said.text
        return Synced(begun, (between - begun, perf_counter() - between))

    def _found(self, n: int) -> list[Any]:
        asked = {"filter": f'userName eq "{self._email(n)}"', "startIndex": 1, "count": 100}
        return self.http.get("/Users", params=asked).raise_for_status().json()["Resources"]

    def _email(self, n: int) -> str:
        return f"person{n}@{self.domain}"

    def _person(self, n: int) -> dict[str, Any]:
        manager = {"manager": {"value": self._email((n - 1) // _REPORTS)}} if n else {}
        return {
            "schemas": [_USER, _ENTERPRISE],
            "userName": self._email(n),
            "externalId": f"00u{n}",
            "active": True,
            "name": {"givenName": f"Person {n}", "familyName": "Directory"},
            "title": f"Title {n % 40}",
            "emails": [{"primary": True, "value": self._email(n), "type": "work"}],
            _ENTERPRISE: {"department": AREAS[n % len(AREAS)], "division": REGIONS[n % len(REGIONS)], **manager},
        }


def cycle(people: Sequence[int], one: Callable[[int], Synced]) -> list[Synced]:
    """All of them, some at once, in the order in which they were done."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sorted(pool.map(one, people), key=lambda synced: synced.ended)


def rate(done: Sequence[Synced]) -> float:
    """Requests a second."""
    return REQUESTS * len(done) / (max(each.ended for each in done) - min(each.begun for each in done))


def figures(what: str, done: Sequence[Synced]) -> Iterator[Figure]:
    """Of a cycle, and of its last tenth beside the first."""
    tenth = max(1, len(done) // 10)
    about = {"people": len(done), "connections": CONNECTIONS}
    goal = at_least(25, "requests/s")
    yield Figure(what, "requests/s", [rate(done)], "high", goal, about=about)
    first = Beside("its first tenth", [rate(done[:tenth])])
    yield Figure(f"{what}, its last tenth", "requests/s", [rate(done[-tenth:])], "high", goal, first, about)
    seconds = [each for synced in done for each in synced.seconds]
    about = {"slowest_s": round(max(seconds), 2)}
    yield Figure(f"{what}, a request (p95)", "ms", [1000 * p95(seconds)], about=about)


def measure(plan: Plan) -> Iterator[Figure]:
    """Once, with the limit of calls lifted, which is twice what is to be reached."""
    count = plan.size(10_000, 40)
    order = list(range(count))
    random.Random(7).shuffle(order)
    with bench_stack(("licensing",), {"USHER_SCIM_CALLS_PER_MINUTE": "1000000"}) as stack:
        admin = Admin(stack, count)
        directory = Directory(admin)
        created = cycle(order, directory.create)
        managed = admin.licensing.get("/api/v1/team", params={"limit": 1, "blank": "reports_to"}).json()["total"]
        assert managed == 1, f"{managed} people report to nobody"
        again = cycle(order[: max(10, count // 10)], directory.replace)
    yield from figures("a directory's first sync", created)
    yield from figures("a directory's cycle without a change", again)
