"""What a stack has written: Postgres' tables with their indexes, its write-ahead log, Kafka's logs."""

import re
from collections import Counter

import psycopg

from deploy.operate.services import SERVICES
from tests.bench.trees import ProgramStack

_PARTITION = re.compile(r"-\d+")


def stored(stack: ProgramStack) -> Counter[str]:
    """Bytes by kind, as of now: of the log all that was ever written, whether it is kept or not."""
    databases = stack.endpoints["postgres"]
    found: Counter[str] = Counter(kafka=_kafka(stack))
    for service in SERVICES:
        with psycopg.connect(databases[service], autocommit=True) as connection:
            found["tables"] += _number(connection, _TABLES)
            found["write-ahead log"] = _number(connection, _LOG)
    return found


def _number(connection: psycopg.Connection, statement: bytes) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _kafka(stack: ProgramStack) -> int:
    """Of the topics; not the consumers' offsets, and not the metadata."""
    logs = (stack.data / "kafka").rglob("*.log")
    topics = (each for each in logs if _PARTITION.search(each.parent.name) and not each.parent.name.startswith("__"))
    return sum(each.stat().st_size for each in topics)


_TABLES = b"""
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.relnamespace = 'public'::regnamespace
"""
_LOG = b"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"
