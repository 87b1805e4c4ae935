"""Who is selected in My Team, across its pages: kept in Postgres for as long as the browser's session."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from services.upload.web.sessions import key_of
from shared.people.actions import Action, for_many
from shared.postgres.database import Pool

MAX_SELECTED = 10_000
"""Users of one action, as licensing takes them."""


@dataclass(frozen=True, slots=True)
class Selected:
    """How many are selected, and who of those on one page."""

    count: int = 0
    here: frozenset[str] = frozenset()

    @property
    def elsewhere(self) -> int:
        """How many are selected on other pages."""
        return self.count - len(self.here)


@dataclass(frozen=True, slots=True)
class SelectionBar:
    """Who is selected, as a part of My Team shows it; `everyone` is how many more than the page has can be selected at
    once, 0 where that is not offered."""

    selected: Selected
    place: Literal["table", "groups", "hierarchy"]
    everyone: int = 0
    methodologies: bool = False
    """Whether the company has bought seats of some."""

    @property
    def actions(self) -> Sequence[Action]:
        """What can be done for them."""
        return for_many(methodologies=self.methodologies)


class UserSelections(Protocol):
    """The store of selections. Ids are licensing's user ids."""

    async def selected(self, session_id: str, shown: Sequence[str]) -> Selected:
        """How many, and who of the shown."""
        ...

    async def everyone(self, session_id: str) -> Sequence[str]:
        """All ids, in an order that stays."""
        ...

    async def change(self, session_id: str, add: Collection[UUID], drop: Collection[UUID]) -> None:
        """Some more, some less."""
        ...

    async def clear(self, session_id: str) -> None:
        """Nobody."""
        ...


class PostgresUserSelections:
    """Selections in the table web_selections."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def selected(self, session_id: str, shown: Sequence[str]) -> Selected:
        """See UserSelections."""
        row = await self._pool.fetchrow(
            "SELECT count(*) AS count, array_agg(user_id::text) FILTER (WHERE user_id = ANY ($2::uuid[])) AS here"
            " FROM web_selections WHERE id_hash = $1",
            key_of(session_id),
            shown,
        )
        return Selected(row["count"], frozenset(row["here"] or ())) if row else Selected()

    async def everyone(self, session_id: str) -> Sequence[str]:
        """See UserSelections."""
        rows = await self._pool.fetch(
            "SELECT user_id::text FROM web_selections WHERE id_hash = $1 ORDER BY user_id", key_of(session_id)
        )
        return [row["user_id"] for row in rows]

    async def change(self, session_id: str, add: Collection[UUID], drop: Collection[UUID]) -> None:
        """See UserSelections. A session that has ended meanwhile selects nobody."""
        key = key_of(session_id)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "DELETE FROM web_selections WHERE id_hash = $1 AND user_id = ANY ($2::uuid[])", key, list(drop)
            )
            await connection.execute(
                "INSERT INTO web_selections SELECT s.id_hash, u FROM web_sessions s, unnest($2::uuid[]) u"
                " WHERE s.id_hash = $1 ON CONFLICT DO NOTHING",
                key,
                list(add),
            )

    async def clear(self, session_id: str) -> None:
        """See UserSelections."""
        await self._pool.execute("DELETE FROM web_selections WHERE id_hash = $1", key_of(session_id))
