"""Runs in the peers' environment: appends by eventsourcing's Postgres recorder, and prints seconds for each run.

python eventsourcing_append.py HOST PORT DATABASE USER EVENTS BATCH BYTES WRITERS
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresFactory


def batches(events: int, batch: int, size: int) -> list[list[StoredEvent]]:
    """Each batch is one aggregate's."""
    state = b'{"text":"' + b"x" * size + b'"}'
    made: list[list[StoredEvent]] = []
    for _ in range(events // batch):
        aggregate = uuid4()
        made.append([StoredEvent(aggregate, n, "noted.v1", state) for n in range(1, batch + 1)])
    return made


def main(host: str, port: str, database: str, user: str, *numbers: str) -> None:
    events, batch, size, writers = map(int, numbers)
    factory = PostgresFactory(
        {
            "POSTGRES_DBNAME": database,
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": port,
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": "none",  # the server trusts this machine; the package wants one all the same
            "POSTGRES_POOL_SIZE": str(writers),
            "POSTGRES_MAX_OVERFLOW": "0",
        }
    )
    recorder = factory.application_recorder()
    recorder.insert_events(batches(batch, batch, size)[0])  # the connection, and its prepared statements
    work = batches(events, batch, size)
    with ThreadPoolExecutor(writers) as pool:
        begun = perf_counter()
        list(pool.map(recorder.insert_events, work))
        seconds = perf_counter() - begun
    factory.close()
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
