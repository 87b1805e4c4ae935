"""A complete subscriber: counts each company's Active users. What to know about it: docs/subscribers.md."""

import asyncio
import os
import sqlite3
from typing import Any

from aiokafka import AIOKafkaConsumer

from usher_contracts import Event, Undecodable, UnknownType, UserActivated, UserDeactivated, UserReactivated, parse
from usher_contracts.topics import USERS

CHANGES: dict[type[Event], int] = {UserActivated: 1, UserReactivated: 1, UserDeactivated: -1}
COUNT = "INSERT INTO active VALUES (?, ?) ON CONFLICT DO UPDATE SET users = users + excluded.users"


async def main(kafka: str, database: sqlite3.Connection) -> None:
    """Every event from the first one on, and then each as it comes."""
    database.execute("CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY)")
    database.execute("CREATE TABLE IF NOT EXISTS active (company_id TEXT PRIMARY KEY, users INTEGER)")
    consumer: Any = AIOKafkaConsumer(
        USERS, bootstrap_servers=kafka, group_id="active-users", auto_offset_reset="earliest", enable_auto_commit=False
    )
    async with consumer:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            with database:  # one transaction: that the event was seen, and what it does
                if database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [headers["ce_id"]]).rowcount:
                    handle(headers["ce_type"], record.value, database)
            await consumer.commit()  # only now: what a crash interrupts comes again, and was seen, or was not


def handle(ce_type: str, value: bytes, database: sqlite3.Connection) -> None:
    """What one event does."""
    try:
        event = parse(ce_type, value)
    except (UnknownType, Undecodable) as why:  # a newer version's, which nothing here needs; or what should not be
        print(f"skipped: {why!r}", flush=True)
    else:
        database.execute(COUNT, [event.company_id, CHANGES.get(type(event), 0)])


if __name__ == "__main__":
    asyncio.run(main(os.environ["KAFKA"], sqlite3.connect(os.environ["DATABASE"])))
