"""My Team is searched as people type, on a real database."""

from pathlib import Path
from uuid import UUID

import pytest

import services.licensing
from services.licensing.read_models.team import query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.sorting import order_of
from tests.integration.licensing.world import Licensing

pytestmark = pytest.mark.anyio
PEOPLE = {
    "sean": ("Seán", "O’Brien–Smith", "Head of\u00a0Sales"),
    "lukasz": ("Łukasz", "Wójcik", "Vice President, Sales"),
    "taro": ("太郎", "山田", ""),
    "rene": ("Rene\u0301e", "D'Arcy", "R\u2011and\u2011D Lead"),
}
ASKED: list[tuple[str, list[str]]] = [
    ("sean o'brien", ["sean"]),
    ("SEÁN O‘BRIEN‑smith", ["sean"]),
    ("Smith, Sean", ["sean"]),
    ("brien  sean", ["sean"]),
    ("head of sales", ["sean"]),
    ("sales", ["lukasz", "sean"]),
    ("president sales", ["lukasz"]),
    ("wojcik lukasz", ["lukasz"]),
    ("山田 太郎", ["taro"]),
    ("太郎\u3000山田", ["taro"]),
    ("d’arcy renée", ["rene"]),
    ("r-and-d", ["rene"]),
    ("sean darcy", []),
    ("%", []),
    (",", ["lukasz"]),
]


async def filled(licensing: Licensing) -> UUID:
    company = await licensing.company()
    for name, (first, last, title) in PEOPLE.items():
        await licensing.invite(company, f"{name}@acme.example", first_name=first, last_name=last, title=title)
    return company


async def found(licensing: Licensing, company: UUID, asked: str) -> list[str]:
    page = await query.page(licensing.pool, company, TeamFilter(q=asked), order_of("email"), 10, None)
    counted = await query.page(licensing.pool, company, TeamFilter(q=asked), order_of(""), 10, None)
    assert len(counted.items) == len(page.items)
    return [user.email.partition("@")[0] for user in page.items]


async def test_spaces_hyphens_apostrophes_accents_and_the_order_of_words_do_not_count(licensing: Licensing) -> None:
    company = await filled(licensing)
    assert {asked: await found(licensing, company, asked) for asked, _ in ASKED} == dict(ASKED)


async def test_who_was_there_before_is_found_as_well(licensing: Licensing) -> None:
    company = await filled(licensing)
    await licensing.pool.execute(
        "UPDATE users SET last_key = lower(last_name), first_key = lower(first_name),"
        " search = lower(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(title, ''))"
    )
    assert await found(licensing, company, "sean o'brien") == []
    [migration] = Path(services.licensing.__file__).parent.glob("migrations/*search-as-people-type.sql")
    await licensing.pool.execute(migration.read_text())
    assert {asked: await found(licensing, company, asked) for asked, _ in ASKED} == dict(ASKED)
    [sean] = await licensing.pool.fetch("SELECT last_key FROM users WHERE email LIKE 'sean%'")
    assert sean["last_key"] == "o'brien-smith"
