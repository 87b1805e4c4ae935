"""What one file has to know of the directory, in a handful of statements however many rows it has."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import orjson

from services.validation.domain.validation.directory_facts import DirectoryFacts, Licenses
from services.validation.read_models.directory.projection import person_of
from shared.people.model import CompanySettings, CustomField, Methodology, Person
from shared.people.statuses import IS_LIVE, LIVE
from shared.postgres.database import Connection, Pool
from usher_contracts import CompanyChanged

_MAX_DOMAINS = 50
_MAX_CANDIDATES = 20_000
"""Addresses of which one may be suggested for an unknown manager."""


@dataclass(frozen=True, slots=True)
class Company:
    """A company as validation needs it; `domains` are those of its users' addresses, the most frequent first."""

    settings: CompanySettings
    domains: tuple[str, ...]


class Directory:
    """Reads the directory."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def company(self, company_id: str) -> Company | None:
        """The company as it is now; None while nothing was said of it."""
        async with self._pool.acquire() as conn:
            settings: str | None = await conn.fetchval(_SETTINGS, company_id)
            if settings is None:
                return None
            domains = await conn.fetch(_OWN_DOMAINS, company_id, _MAX_DOMAINS)
        return Company(settings_of(settings), tuple(row["domain"] for row in domains))

    async def facts(self, company_id: str, keys: Collection[str], managers: Collection[str]) -> DirectoryFacts:
        """The people behind these compare forms, everyone above them, and the licenses, all as of one moment.

        managers: those of `keys` that are named as managers and are no row of the file; where one of them is unknown,
        addresses to suggest are read, too.
        """
        async with self._pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            licenses, seats = await self._seats(conn, company_id)
            rows = await conn.fetch(_PEOPLE, company_id, list(keys))
            people, by_id = _by_key((row["email_key"], person_of(row)) for row in rows)
            elsewhere = await conn.fetch(_ELSEWHERE, company_id, [key for key in keys if key not in people])
            candidates: dict[str, str] = {}
            if any(key not in people for key in managers):
                found = await conn.fetch(_ADDRESSES, company_id, _MAX_CANDIDATES)
                candidates = {row["email_key"]: row["email"] for row in found}
        held = frozenset(row["email_key"] for row in elsewhere)
        return DirectoryFacts(licenses, people, by_id, held, candidates, seats)

    async def _seats(self, conn: Connection, company_id: str) -> tuple[Licenses, dict[str, Licenses]]:
        """The licenses, and the seats of each methodology."""
        row = await conn.fetchrow(_SEATS, company_id)
        if row is None:
            return Licenses(0, 0), {}
        bought = CompanyChanged.model_validate_json(row["settings"]).methodologies if row["settings"] else ()
        occupied: dict[str, int] = orjson.loads(row["occupied_seats"])
        seats = {each.id: Licenses(each.purchased, occupied.get(each.id, 0)) for each in bought}
        return Licenses(row["purchased"], row["occupied"]), seats


def settings_of(stored: str) -> CompanySettings:
    """The rules' view of a stored CompanyChanged."""
    event = CompanyChanged.model_validate(orjson.loads(stored))
    fields = tuple(CustomField(field.name, field.required, field.values) for field in event.custom_fields)
    methodologies = tuple(Methodology(each.id, each.name) for each in event.methodologies)
    return CompanySettings(event.name, event.sso_domains, event.functional_areas, event.regions, fields, methodologies)


def _by_key(found: Iterable[tuple[str, Person]]) -> tuple[dict[str, Person], dict[str, str]]:
    """By compare form and by id. Where an Inactive user and a live one share an address, it is the live one's."""
    people: dict[str, Person] = {}
    keys: dict[str, str] = {}
    for key, person in found:
        keys[person.user_id] = key
        if key not in people or people[key].status not in LIVE:
            people[key] = person
    return people, keys


_SETTINGS = "SELECT settings FROM companies WHERE company_id = $1"
_SEATS = "SELECT settings, purchased, occupied, occupied_seats FROM companies WHERE company_id = $1"

_OWN_DOMAINS = f"""
SELECT split_part(email_key, '@', 2) AS domain FROM people WHERE company_id = $1 AND {IS_LIVE}
GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT $2
"""

# Up the chain by ids alone; UNION ends at what was seen, so that not even a circle would go on for ever.
_PEOPLE = """
WITH RECURSIVE above (user_id, reports_to_id) AS (
    SELECT user_id, reports_to_id FROM people WHERE company_id = $1 AND email_key = ANY($2::text[])
    UNION
    SELECT p.user_id, p.reports_to_id FROM above JOIN people p ON p.user_id = above.reports_to_id
)
SELECT p.* FROM people p JOIN above USING (user_id) ORDER BY p.sequence
"""

# Two companies' events are not ordered among each other: the owner is the live user with the highest sequence.
_ELSEWHERE = f"""
SELECT email_key FROM (
    SELECT DISTINCT ON (email_key) email_key, company_id FROM people
    WHERE email_key = ANY($2::text[]) AND {IS_LIVE} ORDER BY email_key, sequence DESC
) owners WHERE company_id <> $1
"""

_ADDRESSES = f"""
SELECT email_key, email FROM people WHERE company_id = $1 AND {IS_LIVE} ORDER BY email_key LIMIT $2
"""
