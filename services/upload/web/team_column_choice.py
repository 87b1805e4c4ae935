"""The columns of My Team's table: those that there are, and those that somebody has chosen, in their order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.upload.web.team_filters import COLUMNS, Filters, custom_columns, every_column
from shared.http.auth import Principal
from shared.postgres.database import Pool

NAME = "name"
"""Always the first one: it is what the row is about."""
_EXPORTED = {NAME: "first_name,last_name"}
"""Columns that an export has under other names."""


class TeamColumnChoices(Protocol):
    """The store of choices: each person's own, longer than their sessions."""

    async def chosen(self, who: Principal) -> Sequence[str] | None:
        """The columns beside the name; None for who never chose any."""
        ...

    async def choose(self, who: Principal, columns: Sequence[str]) -> None:
        """From now on these."""
        ...

    async def forget(self, who: Principal) -> None:
        """Forgets a choice: as if they never had chosen any."""
        ...


class PostgresTeamColumnChoices:
    """Choices in the table web_columns."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def chosen(self, who: Principal) -> Sequence[str] | None:
        """See TeamColumnChoices."""
        return await self._pool.fetchval(
            "SELECT columns FROM web_columns WHERE company_id = $1 AND subject = $2", who.company, who.subject
        )

    async def choose(self, who: Principal, columns: Sequence[str]) -> None:
        """See TeamColumnChoices."""
        await self._pool.execute(
            "INSERT INTO web_columns (company_id, subject, columns) VALUES ($1, $2, $3)"
            " ON CONFLICT (company_id, subject) DO UPDATE SET columns = excluded.columns",
            who.company,
            who.subject,
            list(columns),
        )

    async def forget(self, who: Principal) -> None:
        """See TeamColumnChoices."""
        await self._pool.execute(
            "DELETE FROM web_columns WHERE company_id = $1 AND subject = $2", who.company, who.subject
        )


def exported(columns: Sequence[str]) -> str:
    """The columns of the table as licensing takes them for an export."""
    return ",".join(_EXPORTED.get(each, each) for each in columns)


@dataclass(frozen=True, slots=True)
class TeamColumnChoice:
    """What somebody sees beside the name. `own` are the names of the company's own fields; a column that is chosen and
    not there any more is left out."""

    columns: Sequence[str] | None
    own: Collection[str]

    @property
    def shown(self) -> list[str]:
        """The columns beside the name, in their order."""
        known = every_column(self.own)
        return [each for each in (COLUMNS if self.columns is None else self.columns) if each in known and each != NAME]

    @property
    def others(self) -> list[str]:
        """Those that are not shown."""
        shown = set(self.shown)
        return [each for each in every_column(self.own) if each not in shown and each != NAME]

    def on_screen(self, filters: Filters) -> list[str]:
        """The table's columns: the name, what is shown, and the company's own fields that are filtered by."""
        shown = self.shown
        return [
            NAME,
            *shown,
            *(each for each in custom_columns(self.own) if each in filters.values and each not in shown),
        ]

    def moved(self, column: str, by: int) -> list[str]:
        """The shown columns with one of them moved by so many places."""
        shown = self.shown
        if column in shown:
            at = shown.index(column)
            shown.insert(min(max(0, at + by), len(shown) - 1), shown.pop(at))
        return shown

    def marked(self, columns: Collection[str]) -> list[str]:
        """These alone: those that are shown stay in their order, the others follow."""
        return [each for each in (*self.shown, *self.others) if each in columns]
