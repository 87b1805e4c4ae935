"""Idempotent calls by `Idempotency-Key`: the same call twice does its work once, and gets the same answer twice.

Per company and call, for 24 hours. Claim and answer are written in the transaction of the effects:

    call = Call(company_id, "POST /api/v1/x", key, fingerprint(body))

    async def work(tx):
        async def effects() -> Answer:
            ...
            return Answer(202, {"Location": url}, body)

        return await once(tx.conn, call, effects)
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Header
from starlette.responses import Response

from shared.http.problem_types import IN_PROGRESS, KEY_REUSED
from shared.postgres.database import Connection

KEPT = "24 hours"
_TRIES, _PAUSE_SECONDS = 20, 0.1
"""How long a repetition waits for the first call, which is still running, before it is told to come back."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any text of your own. The same key with the same body gets the first answer again, for 24 hours; "
        "of an action its status, and what it was done to as it is now. A refusal (4xx, 5xx) has done nothing and is "
        "not kept: mend its reason, and send the same again with the same key.",
    ),
]
"""Use as `key: IdempotencyKey = None`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, to be answered again."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def response(self) -> Response:
        """The answer as HTTP; JSON unless its headers say otherwise."""
        said = any(name.lower() == "content-type" for name in self.headers)
        return Response(self.body, self.status, dict(self.headers), None if said else "application/json")


@dataclass(frozen=True, slots=True)
class Call:
    """Which call it is: of whom, to what address, under which key (None: the caller gave none), with which body."""

    company_id: str
    name: str
    key: str | None
    body_sha256: bytes


async def once(conn: Connection, call: Call, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Does `work` and remembers its answer, or answers what was answered before. Raises Problem: 422
    `idempotency_key_reused` with another body, 409 `request_in_progress` with Retry-After while the first is running.

    conn is in the transaction of the effects: where `work` raises, nothing is remembered.
    """
    if call.key is None:
        return await work()
    if before := await _claim(conn, call, call.key):
        return before
    answer = await work()
    await _keep(conn, call, call.key, answer)
    return answer


async def is_repeated(conn: Connection, call: Call) -> bool:
    """Whether its key has an answer already: `once` gives that one or refuses another body, and does no work."""
    if call.key is None:
        return False
    return bool(await conn.fetchval(_ANSWERED, UUID(call.company_id), call.name, call.key))


def fingerprint(*parts: str | bytes | None) -> bytes:
    """The SHA-256 of a call's body, given in parts: two calls are the same if all their parts are."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"-" if data is None else b"%d:" % len(data) + data)
    return digest.digest()


async def _claim(conn: Connection, call: Call, key: str) -> Answer | None:
    await _alone(conn, call, key)
    who = UUID(call.company_id), call.name, key
    await conn.execute(_FORGET_OLD, *who)
    row = await conn.fetchrow(_FIND, *who)
    if row is None:
        await conn.execute(_CLAIM, *who, call.body_sha256)
        return None
    if bytes(row["body_sha256"]) != call.body_sha256:
        raise KEY_REUSED()
    return Answer(row["status"], orjson.loads(row["headers"]), bytes(row["body"])) if row["status"] else None


async def _keep(conn: Connection, call: Call, key: str, answer: Answer) -> None:
    headers = orjson.dumps(dict(answer.headers)).decode()
    await conn.execute(_KEEP, UUID(call.company_id), call.name, key, answer.status, headers, answer.body)


async def _alone(conn: Connection, call: Call, key: str) -> None:
    # Not simply by the row: waiting for another transaction's row would end in a lock timeout and roll this one back.
    name = f"idempotency {call.company_id} {call.name} {key}"
    for _ in range(_TRIES):
        if await conn.fetchval("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))", name):
            return
        await asyncio.sleep(_PAUSE_SECONDS)
    raise IN_PROGRESS(headers={"Retry-After": "2"})


_WHERE = "company_id = $1 AND call = $2 AND key = $3"
_FORGET_OLD = f"DELETE FROM idempotency WHERE {_WHERE} AND created_at < now() - interval '{KEPT}'"
_FIND = f"SELECT body_sha256, status, headers, body FROM idempotency WHERE {_WHERE}"
_ANSWERED = f"SELECT 1 FROM idempotency WHERE {_WHERE} AND status > 0 AND created_at >= now() - interval '{KEPT}'"
_CLAIM = "INSERT INTO idempotency (company_id, call, key, body_sha256) VALUES ($1, $2, $3, $4)"
_KEEP = f"UPDATE idempotency SET status = $4, headers = $5::jsonb, body = $6 WHERE {_WHERE}"
