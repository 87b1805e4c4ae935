"""The smallest event-sourced thing there is: notes in streams, with a projection that counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.eventsourcing.events import Context, EventTypes, Outgoing, Recorded
from shared.postgres.database import Connection

COMPANY = "00000000-0000-4000-8000-000000000001"
TABLE = "CREATE TABLE notes (stream text PRIMARY KEY, count integer NOT NULL)"


@dataclass(frozen=True)
class Noted:
    text: str


TYPES = EventTypes[Noted]({"noted.v1": Noted})


def context(company: str = COMPANY) -> Context:
    return Context("request", None, f"00-{'a' * 32}-{'b' * 16}-01", company, datetime.now(UTC))


def publish(recorded: Recorded[Noted]) -> Sequence[Outgoing]:
    return [Outgoing("notes", recorded.stream, "notes.Noted.v1", recorded.event.text.encode())]


class Notes:
    """How many notes a stream has."""

    name = "notes"
    tables = ("notes",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Noted]]) -> None:
        await conn.executemany(
            "INSERT INTO notes VALUES ($1, 1) ON CONFLICT (stream) DO UPDATE SET count = notes.count + 1",
            [(e.stream,) for e in events],
        )
