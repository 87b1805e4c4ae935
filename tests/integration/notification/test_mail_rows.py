"""Rows of mails: rebuilt from the log, without secrets, claimed by lease."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.notification.application.mail_queue import AttemptResult
from services.notification.domain.mail.outcome import PutOff, Taken
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.notification.harness import PROJECTIONS, SIGNER, Harness
from tests.integration.notification.sent_mails import BATCH, all_ended
from tests.integration.notification.smtp import BUSY, CUT_AFTER, UNKNOWN, MailServerScript
from usher_contracts import (
    InvitationCancelled,
)

pytestmark = pytest.mark.anyio


async def test_every_projection_equals_its_rebuild(harness: Harness, mail: MailServerScript) -> None:
    mail.plan("busy@northwind.example", BUSY)
    mail.plan("unknown@northwind.example", UNKNOWN)
    mail.plan("after@northwind.example", CUT_AFTER)
    await harness.named()
    gone = harness.invited("gone", BATCH)
    await harness.hear(gone, InvitationCancelled(company_id=harness.company_id, user_id=gone.user_id, email=gone.email))
    await harness.hear(harness.confirmed(BATCH), harness.processed(BATCH, invited=4))
    await harness.hear(*(harness.invited(name, BATCH) for name in ("busy", "unknown", "after")))
    async with harness.sending(mail.port):
        await all_ended(harness, 5)
    for projection in PROJECTIONS:
        differences = await Rebuild(harness.store, projection).differences(harness.url)
        assert set(differences.values()) == {0}, (projection.name, differences)


async def test_nothing_secret_is_stored(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    person = harness.invited("ann")
    token = SIGNER.sign(UUID(person.invitation_id))

    async def stored(table: str) -> str:
        return await harness.pool.fetchval(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")

    await harness.hear(person)
    kept = await stored("mail_jobs")
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    kept += await stored("events") + await stored("mail_jobs")
    assert person.invitation_id in kept
    assert token not in kept and token[22:] not in kept


async def test_what_was_sent_is_known_without_a_row(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    person, gone = harness.invited("ann", BATCH), harness.invited("gone", BATCH)
    await harness.hear(person, gone)
    await harness.hear(InvitationCancelled(company_id=harness.company_id, user_id=gone.user_id, email=gone.email))
    async with harness.sending(mail.port):
        await all_ended(harness, 2)
        assert await harness.pool.fetchval("SELECT count(*) FROM mail_jobs") == 0
        await harness.hear(person, gone)
    assert dict(await harness.mails()) == {"ann": "sent", "gone": "withdrawn"}
    assert len(mail.copies(person.email)) == 1


async def test_a_claim_is_a_lease_and_no_event(harness: Harness) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(5)))
    logged = await harness.pool.fetchval("SELECT count(*) FROM events")
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 5
    assert await harness.pool.fetchval("SELECT count(*) FROM events") == logged
    assert set((await harness.states()).values()) == {"sending"}


async def test_a_rebuild_leaves_mails_with_their_senders(harness: Harness) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(7)))
    group = await harness.mail_queue.next_group((), claim=True)
    projection = PROJECTIONS[0]
    assert await Rebuild(harness.store, projection).differences(harness.url) == {"mail_jobs": 0}
    await Rebuild(harness.store, projection).run(harness.url)
    assert sorted((await harness.states()).values()) == ["queued"] * 2 + ["sending"] * 5
    results = [AttemptResult(mail, Taken(), harness.clock()) for mail in group.mails]
    assert len((await harness.mail_queue.next_group(results, claim=True)).mails) == 2
    assert sorted((await harness.states()).values()) == ["sending"] * 2 + ["sent"] * 5


async def test_a_sender_whose_mail_was_withdrawn_meanwhile_records_what_became_of_it(harness: Harness) -> None:
    await harness.named()
    people = [harness.invited(name) for name in ("sent", "busy", "untouched")]
    await harness.hear(*people)
    group = await harness.mail_queue.next_group((), claim=True)
    company_id = harness.company_id
    await harness.hear(
        *(InvitationCancelled(company_id=company_id, user_id=p.user_id, email=p.email) for p in people[:2])
    )
    outcomes = {"sent": Taken(), "busy": PutOff(BUSY), "untouched": Taken()}
    results = [
        AttemptResult(mail, outcomes[mail.mail.recipient.partition("@")[0]], harness.clock()) for mail in group.mails
    ]
    await harness.mail_queue.next_group(results, claim=False)
    assert await harness.states() == {"sent": "sent", "busy": "withdrawn", "untouched": "sent"}
