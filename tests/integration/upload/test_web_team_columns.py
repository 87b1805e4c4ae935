"""Chosen columns in a real table: each person's own, in each company, however often they sign in."""

from dataclasses import replace

import pytest

from services.upload.web.team_column_choice import PostgresTeamColumnChoices
from shared.http.auth import Principal
from shared.postgres.database import Pool
from tests.integration.upload.test_web_selections import database as database

pytestmark = pytest.mark.anyio
MARTA = Principal(
    "marta", "m@x.example", "Marta", "0199a000-0000-7000-8000-00000000c001", frozenset(), frozenset(), "token"
)


async def test_a_choice_is_its_persons_own_and_lasts_until_they_choose_again(pool: Pool) -> None:
    choices = PostgresTeamColumnChoices(pool)
    elsewhere = replace(MARTA, company_id="0199a000-0000-7000-8000-00000000c002")
    assert await choices.chosen(MARTA) is None
    await choices.choose(MARTA, ["title", "custom.Cost, Centre"])
    await choices.choose(MARTA, ["custom.Cost, Centre", "title"])
    await choices.choose(elsewhere, [])
    assert await choices.chosen(replace(MARTA, token="another session")) == ["custom.Cost, Centre", "title"]
    assert await choices.chosen(elsewhere) == []
    assert await choices.chosen(replace(MARTA, subject="ben")) is None
    await choices.forget(MARTA)
    assert (await choices.chosen(MARTA), await choices.chosen(elsewhere)) == (None, [])
