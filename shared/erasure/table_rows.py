"""A table as a place: a row is an object of its columns, and loses a person as any object does."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
import orjson

from shared.core.crash_points import reached
from shared.erasure.documents import erase_in, is_about
from shared.erasure.known import Known, known_in
from shared.erasure.person import Person
from shared.erasure.place import not_while_rebuilt
from shared.people.personal import OWNER_IDS
from shared.postgres.database import Connection, Pool

PORTION = 500
Row = asyncpg.Record | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """The rows of a table.

    key: the columns of its primary key; a row with an address of theirs in one goes. columns: what else may say
    something of a person, and what says whose a row is. json: those of them that hold JSON, as json, jsonb or bytes.
    company: the column that says of which company a row is; where there is none, a `company_id` in a row's JSON does.
    before: the column that says from when it is; what is not older than the request stays. delete: a row that is the
    person's goes; one that only speaks of them is changed. With `mentions` that one goes, too.
    """

    table: str
    key: Sequence[str]
    columns: Sequence[str]
    json: Sequence[str] = ()
    company: str | None = "company_id"
    before: str | None = None
    delete: bool = False
    mentions: bool = False

    @property
    def name(self) -> str:
        """The table's."""
        return self.table

    async def erase(self, pool: Pool, person: Person) -> int:
        """Looks through all rows, in the order of their key."""
        count = 0
        async for rows in self._pages(pool, person):
            found = [key for row in rows if self.without(row, person) is not row and (key := self._key(row))]
            if found:
                async with pool.acquire() as conn, conn.transaction():
                    await not_while_rebuilt(conn)
                    count += await self._change(conn, person, found)
                reached("erasure.changed")
        return count

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """What rows say of the person."""
        async for rows in self._pages(pool, person):
            for row in rows:
                document = self._document(row)
                if self.company is None and _of_another(document, person):
                    continue
                if said := known_in(document, person):
                    id_ = ":".join(map(str, self._key(row)))
                    yield Known(self.name, id_, said, theirs=is_about(document, person))

    async def _pages(self, pool: Pool, person: Person) -> AsyncIterator[Sequence[asyncpg.Record]]:
        last: Sequence[Any] | None = None
        while True:
            async with pool.acquire() as conn:
                rows = await self._page(conn, person, last)
            if not rows:
                return
            yield rows
            last = self._key(rows[-1])
            await asyncio.sleep(0)  # whoever else has work in this process

    async def _page(self, conn: Connection, person: Person, last: Sequence[Any] | None) -> list[asyncpg.Record]:
        arguments: list[Any] = []

        def add(value: object) -> str:
            arguments.append(value)
            return f"${len(arguments)}"

        conditions = ["true"]
        if last is not None:
            conditions.append(f"({self._named(self.key)}) > ({', '.join(map(add, last))})")
        if self.company is not None and person.company is not None:
            conditions.append(f'"{self.company}" = {add(person.company)}')
        if self.before is not None:
            conditions.append(f'"{self.before}" < {add(person.erased_at)}')
        sql = (
            f'SELECT {self._named((*self.key, *self.columns))} FROM "{self.table}" WHERE {" AND ".join(conditions)} '
            f"ORDER BY {self._named(self.key)} LIMIT {add(PORTION)}"
        )
        return await conn.fetch(sql, *arguments)

    async def _change(self, conn: Connection, person: Person, found: Sequence[Sequence[Any]]) -> int:
        where = " AND ".join(f'"{column}" = ${n}' for n, column in enumerate(self.key, 1))
        sql = f'SELECT {self._named((*self.key, *self.columns))} FROM "{self.table}" WHERE {where} FOR UPDATE'
        count = 0
        for key in found:
            row = await conn.fetchrow(sql, *key)
            if row is None or (after := self.without(row, person)) is row:
                continue
            count += 1
            if after is None:
                await conn.execute(f'DELETE FROM "{self.table}" WHERE {where}', *key)
                continue
            changed = [column for column in self.columns if after[column] != row[column]]
            sets = ", ".join(f'"{column}" = ${n}' for n, column in enumerate(changed, len(key) + 1))
            update = f'UPDATE "{self.table}" SET {sets} WHERE {where}'
            await conn.execute(update, *key, *(after[column] for column in changed))
        return count

    def without(self, row: Row, person: Person) -> Row | None:
        """The row as it has to be, itself where it may stay; None where it has to go. Pure."""
        document = self._document(row)
        if self.company is None and _of_another(document, person):
            return row
        if self.delete and self.before is None and _somebody_new(document, person):
            return row
        if self.delete and is_about(document, person):
            return None
        without = erase_in(document, person)
        changed = {column for column in self.columns if without[column] != document[column]}
        named = any(without[column] != document[column] for column in self.key)
        if named or (self.mentions and changed):
            return None
        if not changed:
            return row
        return {**row, **{column: self._written(column, without[column], row[column]) for column in changed}}

    def _document(self, row: Row) -> dict[str, Any]:
        return {column: self._read(column, row[column]) for column in (*self.key, *self.columns)}

    def _read(self, column: str, value: Any) -> Any:
        if column in self.json and value is not None:
            try:
                return orjson.loads(value)
            except orjson.JSONDecodeError:
                pass
        return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value

    def _written(self, column: str, value: Any, before: Any) -> Any:
        text = orjson.dumps(value) if column in self.json and not isinstance(value, str) else None
        if text is None:
            return value.encode("utf-8", "surrogateescape") if isinstance(before, bytes) else value
        return text if isinstance(before, bytes) else text.decode()

    def _key(self, row: Row) -> Sequence[Any]:
        return [row[column] for column in self.key]

    @staticmethod
    def _named(columns: Sequence[str]) -> str:
        return ", ".join(f'"{column}"' for column in columns)


def _somebody_new(document: Mapping[str, Any], person: Person) -> bool:
    """Whether it is the row of another user who has an address of theirs: one who came after the request, which names
    all users there were under it."""
    ids = [value for key in OWNER_IDS if (value := document.get(key)) is not None]
    return bool(ids) and not any(map(person.has_id, ids)) and is_about(document, person)


def _of_another(document: Mapping[str, Any], person: Person) -> bool:
    """Whether some JSON in a row says that it is another company's than the one in which the person is forgotten."""
    if person.company is None:
        return False
    inside = [cast("Mapping[str, Any]", value) for value in document.values() if isinstance(value, Mapping)]
    return any(str(each.get("company_id", person.company)) != str(person.company) for each in inside)
