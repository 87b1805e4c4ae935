"""Forgets what mails said, some time after they came to an end: their events and rows stay, without words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from services.notification.application.mail_queue import Clock
from services.notification.domain.mail.content import Content
from services.notification.domain.mail.events import MailFailed, MailQueued, MailSent, MailWithdrawn
from services.notification.domain.mail.retention import without_words
from services.notification.domain.stored_events import TYPES, NotificationEvent, mail_of
from services.notification.read_models.mails import contents
from shared.core.crash_points import reached
from shared.core.periodic import run_periodically
from shared.core.retry import TRANSIENT
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Recorded
from shared.eventsourcing.rewriting import may_rewrite
from shared.postgres.database import Connection

log = structlog.stdlib.get_logger(__name__)

READER = "mail contents"
"""The name under which it stands in `checkpoints` how far this has come."""
PORTION = 500
"""Events looked at in one transaction: a few milliseconds, in which it holds rows that nobody else wants."""
_LONGEST_PAUSE = timedelta(minutes=10)
_ENDED = (MailSent, MailFailed, MailWithdrawn)


@dataclass(frozen=True, slots=True)
class ForgetContents:
    """The background task. `kept`: how long a mail's content stays after its end.

    It goes along the log once, at that distance behind its end; how far it has come stands in `checkpoints` and moves
    with what was forgotten. So nothing is looked for, and a replica that dies leaves half a portion to the next.
    """

    store: EventStore[NotificationEvent]
    clock: Clock
    kept: timedelta

    async def run(self) -> None:
        """Sweeps every ten minutes, or more often where little is kept; until cancelled."""
        await run_periodically(min(_LONGEST_PAUSE, self.kept / 4).total_seconds(), self.sweep)

    async def sweep(self) -> int:
        """Forgets what may be forgotten by now, unless another replica is at it. Returns how many mails' contents."""
        total = 0
        try:
            while (forgotten := await self._portion()) is not None:
                total += forgotten
        except TRANSIENT as error:
            log.warning("mail_contents_wait", error=type(error).__name__)
        if total:
            log.info("mail_contents_forgotten", mails=total)
        return total

    async def _portion(self) -> int | None:
        """The next events of the log: how many mails they end. None where no more are old enough, or it has to wait:
        somebody has them, or a read model is rebuilt."""
        async with self.store.pool.acquire() as conn, conn.transaction():
            if not await may_rewrite(conn):
                return None
            position: int | None = await conn.fetchval(_TURN, READER)
            if position is None:
                # Nobody has begun, or somebody is at it.
                return None if await conn.fetchval(_BEGIN, READER) is None else 0
            old = self._old_enough(await self.store.read(conn, position, PORTION))
            if not old:
                return None
            forgotten = await _forget(conn, {mail_of(r.stream) for r in old if isinstance(r.event, _ENDED)})
            await conn.execute(_MOVE, READER, old[-1].position)
            reached("contents.forgotten")
        return forgotten

    def _old_enough(self, events: Sequence[Recorded[NotificationEvent]]) -> Sequence[Recorded[NotificationEvent]]:
        before = self.clock() - self.kept
        young = next((n for n, r in enumerate(events) if r.context.at >= before), len(events))
        return events[:young]


async def _forget(conn: Connection, mails: Collection[UUID]) -> int:
    stored = await contents.locked(conn, mails)
    emptied = {mail: _rewritten(data) for mail, data in stored.items()}
    await contents.replace(conn, {mail: new for mail, new in emptied.items() if new is not None})
    return len(emptied)


def _rewritten(stored: contents.Stored) -> contents.Rewritten | None:
    """The first event of a mail, and the content of its row, with nothing to read in them; None where they are so."""
    event = TYPES.load(stored.type, stored.data)
    assert isinstance(event, MailQueued), "a mail begins by being queued"
    content: Content = without_words(event.content)
    if content == event.content:
        return None
    _, data = TYPES.dump(msgspec.structs.replace(event, content=content))
    return contents.Rewritten(data, msgspec.json.encode(content).decode())


_TURN = "SELECT position FROM checkpoints WHERE reader = $1 FOR UPDATE SKIP LOCKED"
_BEGIN = "INSERT INTO checkpoints (reader, position) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING reader"
_MOVE = "UPDATE checkpoints SET position = $2 WHERE reader = $1"
