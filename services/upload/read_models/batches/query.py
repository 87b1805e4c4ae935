"""Batches as the HTTP interface and the pages read them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.upload.messages import NO_BATCH
from services.upload.read_models.batches.view import (
    Approval,
    Batch,
    BatchPage,
    Counts,
    Erased,
    FileFinding,
    MethodologySeats,
    Person,
    Progress,
    Seats,
)
from shared.http.pagination import DEFAULT_LIMIT, decode_cursor, page_of, unknown_cursor
from shared.postgres.database import Connection, Pool

_SELECT = "SELECT b.*, d.sent, d.failed, d.bounced FROM batches b LEFT JOIN deliveries d ON d.batch_id = b.id"


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which batches: of these statuses (none: of any), uploaded by whoever has this address, from then on, before then,
    tidied away or not (None: both), waiting for who has this address."""

    statuses: Collection[str] = ()
    uploaded_by: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    tidied: bool | None = None
    waits_for: str | None = None


ALL_BATCHES = BatchFilter()


class BatchQueries:
    """Reads a company's batches; another company's don't exist."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, company_id: str, batch_id: UUID) -> Batch:
        """The batch as of now. Problem 404 where the company has none of that id."""
        return view(await self.record(company_id, batch_id))

    async def record(self, company_id: str, batch_id: UUID) -> asyncpg.Record:
        """Its row, with the references that are not shown. Problem 404 likewise."""
        row = await self._pool.fetchrow(f"{_SELECT} WHERE b.company_id = $1 AND b.id = $2", company_id, batch_id)
        return found(row)

    async def undo_of(self, company_id: str, batch_id: UUID) -> Batch | None:
        """The newest undo of the batch that was not cancelled; None where there is none."""
        row = await self._pool.fetchrow(
            f"{_SELECT} WHERE b.company_id = $1 AND b.undoes = $2 AND b.status <> 'cancelled'"
            " ORDER BY b.uploaded_at DESC LIMIT 1",
            company_id,
            batch_id,
        )
        return view(row) if row else None

    async def validating(self, company_id: str) -> int:
        """How many of the company's files wait to be judged."""
        return await self._pool.fetchval(
            "SELECT count(*) FROM batches WHERE company_id = $1 AND status = 'validating'", company_id
        )

    async def page(
        self, company_id: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None, among: BatchFilter = ALL_BATCHES
    ) -> BatchPage:
        """The company's batches, newest first, as far as they are `among` those. Problem 422 for a cursor that no page
        has answered."""
        after = _position(cursor)
        rows = await self._pool.fetch(
            f"{_SELECT} WHERE b.company_id = $1 AND ($2::timestamptz IS NULL OR (b.uploaded_at, b.id) < ($2, $3))"
            " AND (cardinality($5::text[]) = 0 OR b.status = ANY($5))"
            " AND ($6::text IS NULL OR lower(b.uploaded_by ->> 'email') = lower($6))"
            " AND ($7::timestamptz IS NULL OR b.uploaded_at >= $7)"
            " AND ($8::timestamptz IS NULL OR b.uploaded_at < $8)"
            " AND ($9::boolean IS NULL OR b.tidied = $9)"
            f" AND ($10::text IS NULL OR {_WAITS_FOR.format('$10')})"
            " ORDER BY b.uploaded_at DESC, b.id DESC LIMIT $4",
            company_id,
            *(after or (None, None)),
            limit + 1,
            list(among.statuses),
            among.uploaded_by,
            among.since,
            among.before,
            among.tidied,
            among.waits_for,
        )
        items, following = page_of(rows, limit, lambda row: (row["uploaded_at"].isoformat(), str(row["id"])))
        return BatchPage(items=[view(row) for row in items], next_cursor=following)

    async def waiting(self, company_id: str, email: str) -> int:
        """How many batches wait for that admin: what they uploaded and have to correct or confirm, and what others ask
        them to approve."""
        return await self._pool.fetchval(
            f"SELECT count(*) FROM batches b WHERE b.company_id = $1 AND {_WAITS_FOR.format('$2')}", company_id, email
        )

    async def uploaders(self, company_id: str) -> Sequence[Person]:
        """Who has uploaded batches that are there, by name."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT ON (lower(uploaded_by ->> 'email')) uploaded_by ->> 'email' AS email,"
            " uploaded_by ->> 'name' AS name FROM batches WHERE company_id = $1"
            " ORDER BY lower(uploaded_by ->> 'email'), uploaded_at DESC",
            company_id,
        )
        return sorted((Person(**dict(row)) for row in rows), key=lambda person: (person.name.casefold(), person.email))


_WAITS_FOR = """(
    NOT b.tidied AND (
        (b.status IN ('needs_correction', 'ready_for_review') AND lower(b.uploaded_by ->> 'email') = lower({0}::text))
        OR (b.status = 'awaiting_approval' AND lower(b.approval_asked_by ->> 'email') <> lower({0}::text))
    )
)"""


async def in_transaction(conn: Connection, company_id: str, batch_id: UUID) -> asyncpg.Record:
    """The batch's row within a transaction that is about to change it. Problem 404 as `BatchQueries.get`."""
    return found(await conn.fetchrow(f"{_SELECT} WHERE b.company_id = $1 AND b.id = $2", company_id, batch_id))


async def invites_confirmed_since(conn: Connection, company_id: str, moment: datetime) -> int:
    """How many people the company's batches invite that were confirmed since then."""
    return await conn.fetchval(
        "SELECT coalesce(sum((counts ->> 'invite')::int), 0) FROM batches WHERE company_id = $1 AND confirmed_at >= $2",
        company_id,
        moment,
    )


async def is_undone(conn: Connection, company_id: str, batch_id: UUID, but: UUID | None = None) -> bool:
    """Whether an undo of the batch, another than `but`, was confirmed, and has not come back to review."""
    return await conn.fetchval(
        "SELECT EXISTS (SELECT FROM batches WHERE company_id = $1 AND undoes = $2"
        " AND status IN ('processing', 'completed') AND id IS DISTINCT FROM $3)",
        company_id,
        batch_id,
        but,
    )


async def unapproved(pool: Pool, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
    """Batches that nobody has approved in time, each with its company; the oldest first."""
    rows = await pool.fetch(
        "SELECT id, company_id FROM batches WHERE status = 'awaiting_approval' AND approval_until <= $1"
        " ORDER BY approval_until LIMIT $2",
        now,
        limit,
    )
    return [(str(row["id"]), str(row["company_id"])) for row in rows]


async def same_content(conn: Connection, company_id: str, sha256: str, replaces: str | None) -> asyncpg.Record | None:
    """The newest batch of this company with this content that still counts, and is not the one being replaced."""
    return await conn.fetchrow(
        "SELECT id, file_name FROM batches WHERE company_id = $1 AND sha256 = $2"
        " AND status NOT IN ('cancelled', 'superseded') AND id IS DISTINCT FROM $3::uuid"
        " ORDER BY uploaded_at DESC LIMIT 1",
        company_id,
        sha256,
        replaces,
    )


def found(row: asyncpg.Record | None) -> asyncpg.Record:
    """The row, or Problem 404."""
    if row is None:
        raise NO_BATCH()
    return row


def _position(cursor: str | None) -> tuple[datetime, UUID] | None:
    values = decode_cursor(cursor, str, str)
    if values is None:
        return None
    try:
        return datetime.fromisoformat(values[0]), UUID(values[1])
    except ValueError:
        raise unknown_cursor() from None


def view(row: asyncpg.Record) -> Batch:
    """A row of this module's queries as it is shown."""
    return Batch(
        id=row["id"],
        status=row["status"],
        review=row["review"],
        file_name=row["file_name"],
        uploaded_by=Person(**_json(row["uploaded_by"])),
        uploaded_at=row["uploaded_at"],
        replaces=row["replaces"],
        kind="undo" if row["undoes"] else "file",
        undoes=row["undoes"],
        superseded_by=row["superseded_by"],
        counts=Counts(**_json(row["counts"])),
        seats=_seats(row),
        file_errors=_findings(row["file_errors"]),
        warnings=_findings(row["upload_warnings"]) + _findings(row["warnings"]),
        progress=_progress(row),
        confirmed_by=Person(**_json(row["confirmed_by"])) if row["confirmed_by"] else None,
        confirmed_at=row["confirmed_at"],
        completed_at=row["completed_at"],
        notice=FileFinding(**_json(row["notice"])) if row["notice"] else None,
        approval=_approval(row),
        annotated=row["annotated_ref"] is not None,
        tidied=row["tidied"],
        corrections=row["corrections"],
        left_out=row["left_out"],
        message=row["message"],
        reminders=row["reminders"],
        erased=Erased(**_json(row["erased"])) if row["erased"] else None,
    )


def _approval(row: asyncpg.Record) -> Approval | None:
    if row["approval_asked_by"] is None:
        return None
    return Approval(
        asked_by=Person(**_json(row["approval_asked_by"])),
        asked_at=row["approval_asked_at"],
        decided_by=Person(**_json(row["approval_decided_by"])) if row["approval_decided_by"] else None,
        decided_at=row["approval_decided_at"],
        decision=row["approval_decision"],
        comment=row["approval_comment"],
        until=row["approval_until"],
    )


def _seats(row: asyncpg.Record) -> Seats:
    """As validated; where licensing refused the batch since, with what it said was left."""
    seats = Seats(**_json(row["seats"]))
    if not row["refused"]:
        return seats
    refused = _json(row["refused"])
    left = refused["available"]
    short = {each["id"]: each for each in refused.get("methodologies", ())}
    return Seats(
        purchased=seats.purchased,
        occupied=max(0, seats.purchased - left),
        available=left,
        required=refused["requested"],
        methodologies=[_refused(each, short.get(each.id)) for each in seats.methodologies],
    )


def _refused(seats: MethodologySeats, short: Mapping[str, Any] | None) -> MethodologySeats:
    if short is None:
        return seats
    left = short["available"]
    counts = {"occupied": max(0, seats.purchased - left), "available": left, "required": short["requested"]}
    return seats.model_copy(update=counts)


def _progress(row: asyncpg.Record) -> Progress:
    """The final numbers once the batch is completed, before that what was told so far; whatever has come back since it
    was sent counts as failed."""
    processed, bounced = _json(row["processed"]), row["bounced"] or 0
    told = Progress(
        invited=processed.get("invited", 0),
        changed=processed.get("changed", 0),
        emails_sent=row["sent"] or 0,
        emails_failed=row["failed"] or 0,
    )
    progress = Progress(**_json(row["completed"])) if row["completed"] else told
    sent, failed = progress.emails_sent - bounced, progress.emails_failed + bounced
    return progress.model_copy(update={"emails_sent": max(0, sent), "emails_failed": failed})


def _findings(value: str) -> list[FileFinding]:
    return [FileFinding(**each) for each in orjson.loads(value)]


def _json(value: str | None) -> dict[str, Any]:
    return orjson.loads(value) if value else {}
