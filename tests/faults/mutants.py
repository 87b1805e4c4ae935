"""The mistakes that the promises must notice: small changes of the code, each with the fault that shows it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Change:
    """In `file`, `old` (which stands there once) becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """`breaks`: the promise that has to be seen broken under `fault`. `patience`: seconds that admins wait meanwhile;
    what is lost never comes, so it is long only where the right code takes its time too."""

    name: str
    changes: tuple[Change, ...]
    fault: str
    breaks: str
    patience: float = 30


def plant(mutant: Mutant, tree: Path) -> None:
    """A copy of the services with the mistake in it. Raises AssertionError where the code has moved on."""
    for part in ("services", "shared"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    for change in mutant.changes:
        file = tree / change.file
        text = file.read_text()
        assert text.count(change.old) == 1, (
            f"{mutant.name}: {change.file} has moved on, this stands there no more:\n{change.old}"
        )
        file.write_text(text.replace(change.old, change.new))


_ACKNOWLEDGING_FIRST = (
    Change(
        "shared/messaging/broker.py",
        "    async def take(records: Any) -> None:\n",
        "    async def take(records: Any, message: KafkaMessage) -> None:\n        await message.ack()\n",
    ),
    Change(
        "shared/messaging/broker.py",
        "from faststream.kafka import KafkaBroker\n",
        "from faststream.kafka import KafkaBroker\nfrom faststream.kafka.annotations import KafkaMessage\n",
    ),
)
_NO_APPEND_LOCK = (
    Change(
        "shared/eventsourcing/event_store.py",
        "self.conn.fetchval(_COMMIT, APPEND_LOCK, ",
        "self.conn.fetchval(_COMMIT, random.getrandbits(40), ",
    ),
)
_NO_INBOX = (Change("shared/messaging/inbox.py", "            elif a.id in claimed:\n", "            elif a.id:\n"),)
_CHECKPOINT_FIRST = (
    Change(
        "shared/messaging/outbox_relay.py",
        "                acknowledgements = await batch.send()\n",
        "                await connection.execute(_CHECKPOINT, READER, events[-1].position)\n"
        "                acknowledgements = await batch.send()\n",
    ),
)
_SMTP_FIRST = (
    Change(
        "services/notification/application/mail_queue.py",
        "    async def next_group(self, results: Sequence[AttemptResult], *, claim: bool) -> MailGroup:\n",
        "    async def next_group(self, results: Sequence[AttemptResult], *, claim: bool, early) -> MailGroup:\n",
    ),
    Change(
        "services/notification/application/mail_queue.py",
        "            group = await self._claim(tx) if claim else MailGroup()\n",
        "            group = await self._claim(tx) if claim else MailGroup()\n            await early(group)\n",
    ),
    Change(
        "services/notification/application/send_mails.py",
        "                    group = await self._take(results, claim=ready)\n",
        "                    sent = []\n"
        "                    async def early(group):\n"
        "                        sent.extend(await self._send_all(connection, group))\n"
        "                    group = await self._take(results, claim=ready, early=early)\n",
    ),
    Change(
        "services/notification/application/send_mails.py",
        "                    results = await self._send_all(connection, group)\n",
        "                    results = sent\n",
    ),
    Change(
        "services/notification/application/send_mails.py",
        "    async def _take(self, results: Sequence[AttemptResult], *, claim: bool) -> MailGroup:\n",
        "    async def _take(self, results: Sequence[AttemptResult], *, claim: bool, early) -> MailGroup:\n",
    ),
    Change(
        "services/notification/application/send_mails.py",
        "self._mail_queue.next_group(results, claim=claim and not self._stopping.is_set())",
        "self._mail_queue.next_group(results, claim=claim and not self._stopping.is_set(), early=early)",
    ),
)
_LEDGER_OF_ANY_VERSION = Change(
    "shared/eventsourcing/event_store.py",
    "        new = [\n            Recorded(new_uuid7(), a.stream, a.expected_version + n,",
    '        await self.conn.execute("SELECT pg_advisory_xact_lock(4711)")\n'
    '        sql = "SELECT coalesce(max(version), 0) FROM events WHERE stream = $1"\n'
    "        last = {\n"
    "            a.stream: await self.conn.fetchval(sql, a.stream)\n"
    '            if a.stream.startswith("ledger") else a.expected_version\n'
    "            for a in appends\n"
    "        }\n"
    "        new = [\n            Recorded(new_uuid7(), a.stream, last[a.stream] + n,",
)
# The version alone is not what holds: the company's row is locked before it, and one job of a company runs at a time.
_NO_EXPECTED_VERSION = (
    Change(
        "services/licensing/application/stream_snapshots.py",
        'how = " FOR NO KEY UPDATE" if lock else ""\n',
        'how = ""\n',
    ),
    _LEDGER_OF_ANY_VERSION,
)
_LEADER_FOR_EVER = (
    Change(
        "shared/messaging/outbox_relay.py",
        """            await connection.execute(f"SET idle_session_timeout = '{LONGEST_SILENCE}s'")\n""",
        "",
    ),
)
_NO_PARKING = (
    Change("shared/messaging/inbox.py", "    held = set(held)\n", "    held = set[str]()\n"),
    Change("shared/messaging/inbox.py", "            held |= {arrival.stream} if arrival.stream else set()\n", ""),
)
_FINISHED_FIRST = (
    Change("services/licensing/application/restate_users.py", "            await job.finish(tx.conn)\n", ""),
    Change(
        "services/licensing/application/restate_users.py",
        "            await self.store.run(work)\n",
        "            await self.store.run(lambda tx: job.finish(tx.conn))\n            await self.store.run(work)\n",
    ),
)

_SKIPS_WHO_HAS_JOINED = (
    Change(
        "services/licensing/application/undo_batch/confirm.py",
        "    stale = facts.stale or not await uow.may_act(confirmed.by)\n",
        "    stale = not await uow.may_act(confirmed.by)\n",
    ),
    Change(
        "services/licensing/application/undo_batch/confirm.py",
        "    for portion in _portions(user_ids):\n        leaving = ",
        "    for portion in _portions([user_id for user_id in user_ids if user_id in facts.up]):\n        leaving = ",
    ),
)
_SEATS_FOR_THE_TAKING = (
    Change(
        "services/licensing/application/confirm_batch/job.py",
        "    await uow.reserve_ahead(facts.seats, confirmed.batch_id)\n",
        "    uow.seats.had_already(facts.seats)\n",
    ),
)
_A_DIRECTORY_WITHOUT_THE_LOCK = (
    Change(
        "services/licensing/application/scim/users.py",
        '    await uow.lock_company("exclusive", by)\n    key = _key(',
        "    key = _key(",
    ),
    Change(
        "services/licensing/application/unit_of_work.py",
        "        snapshot = await stream_snapshots.licenses(self.conn, self.company_id, lock=True)\n",
        "        lock = self.context.origin != SCIM\n"
        "        snapshot = await stream_snapshots.licenses(self.conn, self.company_id, lock=lock)\n",
    ),
    _LEDGER_OF_ANY_VERSION,
)
_REMAINS = "    remains = await admins.remain(uow.conn, uow.company_id, {})\n"
_ASKED_BEFORE_THE_LOCK = (
    Change(
        "services/licensing/application/change_permissions.py",
        '    await uow.lock_company("exclusive", by)\n    users = await bulk.found(uow, [user_id])\n'
        + _REMAINS.format("[user_id]"),
        _REMAINS.format("[user_id]")
        + '    await uow.lock_company("exclusive", by)\n    users = await bulk.found(uow, [user_id])\n',
    ),
    Change("services/licensing/application/release_licenses.py", _REMAINS.format("leaving"), ""),
    Change(
        "services/licensing/application/release_licenses.py",
        '    await uow.lock_company("exclusive", command.by)\n',
        _REMAINS.format("user_ids") + '    await uow.lock_company("exclusive", command.by)\n',
    ),
)
_DELIVERIES_LEFT_OUT = (Change("services/notification/application/erase_person.py", "        Deliveries(),\n", ""),)

MUTANTS = (
    Mutant("acknowledging-first", _ACKNOWLEDGING_FIRST, "crash-inbox.claimed-notification", "exactly_one_completion"),
    Mutant("no-append-lock", _NO_APPEND_LOCK, "rush-of-20", "nobody_saw_an_error_of_ours"),
    Mutant("no-inbox", _NO_INBOX, "replay-in-any-order", "every_reader_knows_what_was_said"),
    Mutant(
        "checkpoint-before-the-acknowledgement", _CHECKPOINT_FIRST, "crash-relay.sending-licensing",
        "what_is_committed_is_published_and_nothing_else",
    ),
    Mutant(
        "smtp-before-sending-is-committed", _SMTP_FIRST, "crash-mail.dot-answered-notification",
        "every_invited_user_gets_their_mail",
    ),
    Mutant("no-expected-version", _NO_EXPECTED_VERSION, "rush-of-20", "seats_are_never_over_allocated"),
    Mutant(
        "a-stopped-leader-leads-for-ever", _LEADER_FOR_EVER, "stop-the-leading-notification-for-good",
        "a_stopped_process_holds_nobody_up", patience=100,
    ),
    Mutant(
        "a-portion-finished-before-it-is-told", _FINISHED_FIRST, "crash-restate.portion-licensing",
        "everybody_is_said_to_report_to_who_they_do",
    ),
    Mutant(
        "an-undo-that-skips-who-has-joined", _SKIPS_WHO_HAS_JOINED, "undo-against-undo",
        "an_undo_happens_whole_or_not_at_all",
    ),
    Mutant(
        "seats-that-no-pool-is-asked-for", _SEATS_FOR_THE_TAKING, "rush-for-seats-of-20", "pools_are_what_users_have"
    ),
    Mutant(
        "a-directory-that-reserves-without-the-lock", _A_DIRECTORY_WITHOUT_THE_LOCK, "rush-with-a-directory-of-20",
        "seats_are_never_over_allocated",
    ),
    Mutant(
        "who-remains-asked-before-the-lock", _ASKED_BEFORE_THE_LOCK, "admins-against-each-other",
        "an_active_admin_remains",
    ),
    Mutant(
        "a-place-that-is-left-out", _DELIVERIES_LEFT_OUT, "erasures-while-batches-run", "who_is_erased_is_nowhere"
    ),
    Mutant("no-parking", _NO_PARKING, "dead-letter-of-a-living-user", "nothing_overtakes_a_dead_letter"),
)  # fmt: skip
