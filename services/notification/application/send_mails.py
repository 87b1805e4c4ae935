"""The senders of a process: each keeps one connection and sends one mail after another on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import structlog
from opentelemetry.trace import SpanKind

from services.notification.application.mail_queue import (
    POLL_SECONDS,
    AttemptResult,
    ClaimedMail,
    Clock,
    MailGroup,
    MailQueue,
)
from services.notification.application.smtp_client import MailServerAway
from services.notification.domain.mail.outcome import Outcome, Refusal, Taken
from services.notification.formats.mail.compose import Composer, Envelope, Unmailable
from services.notification.metrics import MAILS, SEND_SECONDS
from services.notification.read_models.mails.projection import WAITING
from shared.core.crash_points import reached
from shared.core.retry import TRANSIENT, Backoff
from shared.observability.spans import failed, leaf
from shared.postgres.database import Listener, wait_for_wakeup

log = structlog.stdlib.get_logger(__name__)

_BACKOFF = Backoff(first=0.5, cap=10.0)


class MailConnection(Protocol):
    """A connection to a mail server, as `SmtpConnection` is one."""

    @property
    def alive(self) -> bool: ...
    async def open(self) -> None: ...
    async def send(self, envelope: Envelope, following: Envelope | None = None) -> Outcome: ...
    def abandon(self, envelope: Envelope) -> None: ...
    async def quit(self) -> None: ...


class Senders:
    """The background task: `count` senders, until cancelled: then each ends the mail it is at, puts the rest back and
    records it all."""

    def __init__(
        self,
        mail_queue: MailQueue,
        composer: Composer,
        connect: Callable[[], MailConnection],
        listener: Listener,
        clock: Clock,
        *,
        count: int,
        max_mail_time: timedelta,
    ) -> None:
        self._mail_queue = mail_queue
        self._composer = composer
        self._connect = connect
        self._listener = listener
        self._clock = clock
        self._count = count
        self._max_mail_time = max_mail_time
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Sends until cancelled."""
        self._stopping.clear()
        senders = [asyncio.ensure_future(self._serve()) for _ in range(self._count)]
        try:
            await asyncio.shield(asyncio.gather(*senders))
        finally:
            # A conversation is not cut off: where it stood would not be known, and a second copy would be sent. Nor
            # does one go on where another sender has failed: all of them are started again.
            self._stopping.set()
            await asyncio.gather(*senders, return_exceptions=True)

    async def _serve(self) -> None:
        connection = self._connect()
        results: Sequence[AttemptResult] = ()
        try:
            async with self._listener.wakeups(WAITING) as waiting:
                while not self._stopping.is_set() or results:
                    # What was sent is recorded before a new connection is waited for: else its lease would run out.
                    ready = connection.alive if results else await self._open(connection)
                    group = await self._take(results, claim=ready)
                    if results:
                        reached("mail.recorded")
                    idle = not results and not group.mails
                    results = await self._send_all(connection, group)
                    if idle:
                        await self._rest(waiting, group.rest)
        finally:
            await connection.quit()

    async def _open(self, connection: MailConnection) -> bool:
        failures = 0
        while not self._stopping.is_set():
            try:
                await connection.open()
                return True
            except MailServerAway as away:
                log.warning("mail_server_away", reason=str(away))
            failures += 1
            await self._rest(None, _BACKOFF.pause(failures))
        return False

    async def _take(self, results: Sequence[AttemptResult], *, claim: bool) -> MailGroup:
        while True:
            try:
                return await self._mail_queue.next_group(results, claim=claim and not self._stopping.is_set())
            except TRANSIENT as error:
                # What was sent must be recorded: without it every mail of the group would be sent once more.
                log.warning("mail_results_wait", error=type(error).__name__, mails=len(results))
                if self._stopping.is_set():
                    return MailGroup()
                await self._rest(None, POLL_SECONDS)

    async def _send_all(self, connection: MailConnection, group: MailGroup) -> Sequence[AttemptResult]:
        """One mail after another. Each is written while the one before it is on its way, and may be begun with it."""
        results: list[AttemptResult] = []
        if group.mails:
            reached("mail.claimed")
        upcoming = (self._written(claimed, group.company) for claimed in group.mails)
        following = next(upcoming, None)
        for claimed in group.mails:
            written, following = following, next(upcoming, None)
            outcome: Outcome | None = None
            if isinstance(written, Refusal):
                outcome = written
            elif written is not None and self._may_send(connection, claimed):
                ahead = following if isinstance(following, Envelope) else None
                outcome = await self._send(connection, claimed, written, ahead)
            elif written is not None:
                connection.abandon(written)
            results.append(AttemptResult(claimed, outcome, self._clock()))
        return results

    def _written(self, claimed: ClaimedMail, company: str) -> Envelope | Refusal:
        try:
            return self._composer.envelope(claimed.row.id, claimed.mail, company, self._clock())
        except Unmailable as error:
            return Refusal(str(error))

    def _may_send(self, connection: MailConnection, claimed: ClaimedMail) -> bool:
        ends = self._clock() + self._max_mail_time
        return connection.alive and not self._stopping.is_set() and ends <= claimed.lease.until

    async def _send(
        self, connection: MailConnection, claimed: ClaimedMail, envelope: Envelope, following: Envelope | None
    ) -> Outcome:
        kind = claimed.mail.content.kind
        attributes = {"usher.mail.kind": kind, "usher.mail.attempt": claimed.lease.attempt}
        with (
            SEND_SECONDS.time(),
            leaf(claimed.row.context.traceparent, "SMTP send", SpanKind.CLIENT, attributes) as span,
        ):
            outcome = await connection.send(envelope, following)
            if not isinstance(outcome, Taken):
                failed(span, type(outcome).__name__)
        MAILS.labels(kind, type(outcome).__name__.lower()).inc()
        return outcome

    async def _rest(self, waiting: asyncio.Event | None, seconds: float) -> None:
        stopping = asyncio.ensure_future(self._stopping.wait())
        resting = asyncio.ensure_future(
            wait_for_wakeup(waiting, seconds) if waiting is not None else asyncio.sleep(seconds)
        )
        try:
            await asyncio.wait((stopping, resting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            resting.cancel()
