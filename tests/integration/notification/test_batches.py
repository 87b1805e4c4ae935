"""Batches until their mails have come to an end, and what their admin is told, on real Postgres and over real SMTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.notification.harness import Harness, until
from tests.integration.notification.sent_mails import BATCH, all_ended, tokens
from tests.integration.notification.smtp import BUSY, UNKNOWN, MailServerScript, plain
from usher_contracts import (
    BatchCompleted,
    InvitationFailed,
    InvitationSent,
    LicenseReservationRejected,
    MethodologyShortage,
)

pytestmark = pytest.mark.anyio


async def test_a_batch_is_completed_once_and_its_admin_told(harness: Harness, mail: MailServerScript) -> None:
    mail.plan("lars@northwind.example", UNKNOWN)
    await harness.named()
    [decided] = await harness.hear(harness.processed(BATCH, invited=3, changed=8))
    async with harness.sending(mail.port):
        await harness.hear(harness.confirmed(BATCH))
        await harness.completion.complete_all()
        assert [e for e in await harness.told() if isinstance(e, BatchCompleted)] == []
        invited = [harness.invited(name, BATCH) for name in ("lars", "ann", "bob")]
        causes = await harness.hear(*invited)
        await all_ended(harness, 4)
    [done] = [e for e in await harness.told() if isinstance(e, BatchCompleted)]
    assert (done.invited, done.changed, done.emails_sent, done.emails_failed) == (3, 8, 2, 1)
    [message] = mail.copies("marta@northwind.example")
    text = plain(message)
    assert "Lars Holm, lars@northwind.example" in text
    assert "q3.xlsx" in text
    assert tokens(message.as_string()) == []
    told = await harness.causes()
    assert told[BatchCompleted.type] == decided.id
    assert told[InvitationSent.type] in {r.id for r in causes}


async def test_a_batch_that_invites_nobody_is_completed(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    await harness.hear(harness.confirmed(BATCH), harness.processed(BATCH, invited=0, changed=2))
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    [done] = [e for e in await harness.told() if isinstance(e, BatchCompleted)]
    assert (done.invited, done.changed, done.emails_sent, done.emails_failed) == (0, 2, 0, 0)


async def test_what_is_put_off_for_long_is_not_waited_for_and_sent_later(
    harness: Harness, mail: MailServerScript
) -> None:
    mail.plan("slow@northwind.example", *[BUSY] * 1000)
    await harness.named()
    await harness.hear(harness.confirmed(BATCH), harness.processed(BATCH, invited=2))
    await harness.hear(harness.invited("slow", BATCH), harness.invited("ann", BATCH))
    async with harness.sending(mail.port):

        async def ann_has_it() -> bool:
            return (await harness.states())["ann"] == "sent"

        await until(ann_has_it, "Ann has her mail")
        harness.clock.ahead = timedelta(minutes=16)

        async def completed() -> bool:
            return any(isinstance(e, BatchCompleted) for e in await harness.told())

        await until(completed, "the batch is completed")
        mail.script["slow@northwind.example"].clear()
        await all_ended(harness, 3)
    [done] = [e for e in await harness.told() if isinstance(e, BatchCompleted)]
    assert (done.emails_sent, done.emails_failed, done.emails_deferred) == (1, 0, 1)
    [message] = mail.copies("marta@northwind.example")
    assert "Slow Holm, slow@northwind.example" in plain(message)
    assert len(mail.copies("slow@northwind.example")) == 1


async def test_after_a_day_of_retries_it_has_failed(harness: Harness, mail: MailServerScript) -> None:
    mail.plan("slow@northwind.example", *[BUSY] * 1000)
    await harness.named()
    await harness.hear(harness.invited("slow"))
    harness.clock.ahead = timedelta(hours=24, minutes=1)
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    [failed] = [e for e in await harness.told() if isinstance(e, InvitationFailed)]
    assert failed.error == BUSY


async def test_the_admin_is_told_that_a_batch_went_back(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    await harness.hear(
        LicenseReservationRejected(
            company_id=harness.company_id,
            batch_id=BATCH,
            reason="licenses_exceeded",
            requested=3,
            available=1,
            methodologies=(MethodologyShortage(id="command", name="Command", requested=2, available=0),),
        )
    )
    assert await harness.states() == {}
    await harness.hear(harness.confirmed(BATCH))
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    [message] = mail.copies("marta@northwind.example")
    assert "needs 3 licenses and 1 is available; 2 seats of Command and none is available" in plain(message)
