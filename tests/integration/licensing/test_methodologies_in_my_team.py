"""My Team by methodologies: filtered, grouped, exported in a form that can be uploaded again."""

import csv
import io
from uuid import UUID

import pytest

from services.licensing.application.export_team import write
from services.licensing.domain.licenses.company_settings import Methodology
from services.licensing.formats.export.csv_file import CommaFile
from services.licensing.read_models.team.export_columns import columns_of
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.groups import groups
from services.licensing.read_models.team.query import page
from services.licensing.read_models.team.sorting import order_of
from shared.people import model
from shared.people.methodologies import Methodologies
from tests.integration.licensing.world import Licensing

pytestmark = pytest.mark.anyio

OFFERED = (Methodology("command", "Command of the Message", 9), Methodology("value", "Value, Framework", 9))
NAMES = {each.id: each.name for each in OFFERED}
HELD = {"ann": ["command", "value"], "bob": ["command"], "cat": []}


async def team(licensing: Licensing) -> UUID:
    company = await licensing.company(50, methodologies=OFFERED)
    for name, held in HELD.items():
        await licensing.invite(company, f"{name}@acme.example", methodologies=held)
    return company


async def test_it_is_filtered_and_grouped_by_them(licensing: Licensing) -> None:
    company = await team(licensing)

    async def found(team_filter: TeamFilter) -> list[str]:
        listed = await page(licensing.pool, company, team_filter, order_of("email", ()), 100, None)
        return [user.email.partition("@")[0] for user in listed.items]

    assert await found(TeamFilter(methodologies=["command"])) == ["ann", "bob"]
    assert await found(TeamFilter(methodologies=["value", "other"])) == ["ann"]
    assert await found(TeamFilter(blank=["methodologies"])) == ["cat"]
    first = await groups(licensing.pool, company, TeamFilter(), "methodologies", 2, None)
    rest = await groups(licensing.pool, company, TeamFilter(), "methodologies", 2, first.next_cursor)
    assert [(g.value, g.name, g.count, g.of("waiting")) for g in (*first.items, *rest.items)] == [
        ("command", "Command of the Message", 2, 2),
        (None, None, 1, 1),
        ("value", "Value, Framework", 1, 1),
    ]
    assert (first.users, first.total, rest.next_cursor) == (3, 3, None), "who has both counts once"


async def test_an_export_names_what_an_upload_reads(licensing: Licensing) -> None:
    company = await team(licensing)
    columns = columns_of("", (), NAMES)
    with await write(licensing.pool, company, TeamFilter(), order_of("email", ()), columns, CommaFile) as file:
        file.seek(0)
        rows = list(csv.DictReader(io.StringIO(file.read().decode("utf-8-sig"))))
    read = Methodologies(model.Methodology(each.id, each.name) for each in OFFERED).read
    assert [list(read(row["Methodology Access"]).ids) for row in rows] == list(HELD.values())
    assert "Methodology Access" not in [column.header for column in columns_of("", ())]
