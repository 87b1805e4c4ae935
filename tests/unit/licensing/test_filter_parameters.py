"""A filter in an address: what may be given several times, what by comma, and beside what else."""

from collections.abc import Sequence

import httpx
import pytest
from fastapi import FastAPI

from services.licensing.api import access
from services.licensing.api.filter_parameters import Filtered
from services.licensing.domain.licenses.company_settings import CompanySettings, CustomField
from services.licensing.read_models.team.filter import TeamFilter
from shared.http.pagination import DEFAULT_LIMIT, Limit
from shared.people.profile import TEXT_KEYS
from tests.unit.licensing import people as p

pytestmark = pytest.mark.anyio
LEVEL = CustomField("Level, of old", False, None)
READER = access.Reader(p.COMPANY, None, CompanySettings("Acme", "plus", 3, custom_fields=(LEVEL,)))


async def answered(parameters: list[tuple[str, str]]) -> tuple[httpx.Response, TeamFilter | None]:
    """The answer to a list that is asked for like this, and whom it is about."""
    app, asked = FastAPI(), list[TeamFilter]()

    @app.get("/")
    async def _listed(team_filter: Filtered, limit: Limit = DEFAULT_LIMIT) -> int:
        asked.append(team_filter)
        return limit

    app.dependency_overrides[access.reader] = lambda: READER
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get("/", params=tuple(parameters))
    return answer, next(iter(asked), None)


async def asked(*parameters: tuple[str, str]) -> TeamFilter:
    answer, found = await answered(list(parameters))
    assert answer.status_code == 200 and found is not None, answer.text
    return found


async def test_nothing_asks_for_everybody() -> None:
    assert await asked() == TeamFilter(
        texts={}, user_ids=[], statuses=[], blank=[], invitation=[], permissions=[], methodologies=[]
    )


@pytest.mark.parametrize("key", ["email", *TEXT_KEYS])
async def test_a_text_is_given_once_or_several_times(key: str) -> None:
    assert (await asked((key, "One"))).texts == {key: ["One"]}
    assert (await asked((key, "One, two"), (key, "Three"))).texts == {key: ["One, two", "Three"]}


async def test_a_custom_field_goes_by_its_prefixed_name() -> None:
    assert (await asked(("custom.Level, of old", "IC"), ("custom.Level, of old", "Lead"))).texts == {
        "custom.Level, of old": ["IC", "Lead"]
    }


async def test_lists_are_parted_by_commas() -> None:
    found = await asked(("status", "waiting,active"), ("blank", "title,custom.Level, of old"), ("invitation", "failed"))
    assert (found.statuses, found.blank, found.invitation) == (
        ["waiting", "active"],
        ["title", "custom.Level, of old"],
        ["failed"],
    )


async def test_other_parameters_stand_beside_a_filter() -> None:
    answer, found = await answered([("limit", "7"), ("q", " ann "), ("of", "no such parameter")])
    assert answer.json() == 7 and found is not None and found.q == "ann"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("user_id", ["nobody"]), ("q", ["a" * 201]), ("title", ["a" * 501]), ("title", ["a"] * 101),
        ("invited_days", ["-1"]), ("invited_days", ["soon"]), ("limit", ["0"]),
    ],
)  # fmt: skip
async def test_what_can_not_be_is_said_with_its_name(name: str, values: Sequence[str]) -> None:
    answer, _ = await answered([(name, value) for value in values])
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][:2] == ["query", name]
