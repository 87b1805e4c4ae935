"""Begins with everybody as of now, from the compacted directory, then follows what happens: docs/subscribers.md."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from typing import Any

from aiokafka import AIOKafkaConsumer

from usher_contracts import Undecodable, UnknownType, UserEvent, UserState, parse
from usher_contracts.topics import DIRECTORY, USERS

OVERLAP = 3600
"""Seconds that the following reaches back before the snapshot, so that nothing falls between the two."""


async def main(kafka: str) -> None:
    """Prints the snapshot, then each event that it does not contain."""
    people, sequences = await snapshot(kafka)
    for user in people.values():
        print(f"now {user.email} {user.status}", flush=True)
    print(f"{len(people)} users, from here on what happens:", flush=True)
    async for event in follow(kafka, sequences):
        print(type(event).__name__, event.email, flush=True)


async def snapshot(kafka: str) -> tuple[dict[str, UserState], dict[str, int]]:
    """Everybody by their user_id, and up to where the owner's log is contained in what is known of each."""
    people: dict[str, UserState] = {}
    sequences: dict[str, int] = {}
    consumer: Any = AIOKafkaConsumer(DIRECTORY, bootstrap_servers=kafka, auto_offset_reset="earliest")
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    user_id = record.key.decode()
                    sequences[user_id] = int(header(record, "ce_sequence"))
                    if record.value is None:  # a tombstone: the user has left the company's list
                        people.pop(user_id, None)
                    else:
                        people[user_id] = UserState.model_validate_json(record.value)
    return people, sequences


async def follow(kafka: str, sequences: dict[str, int]) -> AsyncIterator[UserEvent]:
    """What happens to users from now on, and what happened before and is not contained in `sequences`."""
    consumer: Any = AIOKafkaConsumer(USERS, bootstrap_servers=kafka, auto_offset_reset="earliest")
    async with consumer:
        since = dict.fromkeys(consumer.assignment(), int((time.time() - OVERLAP) * 1000))
        for place, found in (await consumer.offsets_for_times(since)).items():
            if found is None:
                await consumer.seek_to_end(place)
            else:
                consumer.seek(place, found.offset)
        async for record in consumer:
            try:
                event = parse(header(record, "ce_type"), record.value)
            except (UnknownType, Undecodable) as why:  # a newer version's, or what should not be
                print(f"skipped: {why!r}", flush=True)
                continue
            sequence = int(header(record, "ce_sequence"))
            if isinstance(event, UserEvent) and sequence > sequences.get(event.user_id, 0):
                sequences[event.user_id] = sequence
                yield event


def header(record: Any, name: str) -> str:
    """A header's text."""
    return dict(record.headers)[name].decode()


if __name__ == "__main__":
    asyncio.run(main(os.environ["KAFKA"]))
