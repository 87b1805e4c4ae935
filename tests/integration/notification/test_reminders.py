"""Reminders on real Postgres: a clock is put forward, answers come, replicas remind at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notification.application.remind import Reminders
from services.notification.application.take_bounces import BounceIntake
from services.notification.domain.mail.reminders import ReminderPolicy
from services.notification.read_models.reminders.projection import RemindersProjection
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.notification.harness import RETURN_ADDRESSES, SENDER, SIGNER, Harness, until
from tests.integration.notification.sent_mails import all_ended, tokens
from tests.integration.notification.smtp import UNKNOWN, MailServerScript, plain
from tests.unit.notification.bounces.corpus import COMPLAINT, POSTFIX
from usher_contracts import CompanyChanged, InvitationBounced, InvitationReminded, UserActivated, UserInvited

pytestmark = pytest.mark.anyio
BATCH = "0190a000-0000-7000-8000-0000000000b1"


async def wanted(harness: Harness, company_id: str) -> None:
    await harness.hear(
        CompanyChanged(company_id=company_id, name="Northwind", plan="plus", purchased_licenses=9, reminders=True)
    )


async def heard_all() -> bool:
    return True


def reminders(harness: Harness, caught_up: Callable[[], Awaitable[bool]] = heard_all) -> Reminders:
    return Reminders(harness.store, harness.decider, ReminderPolicy(), harness.clock, SENDER, 1.0, caught_up)


def answer(person: UserInvited) -> UserActivated:
    return UserActivated(
        company_id=person.company_id, user_id=person.user_id, email=person.email, records="start_fresh"
    )


async def invite(harness: Harness, mail: MailServerScript, *people: UserInvited) -> None:
    """They are invited, and have their mails."""
    await harness.hear(*people)
    async with harness.sending(mail.port, watched=False):
        await all_ended(harness, len(people))


async def differences(harness: Harness) -> dict[str, int]:
    """Rows of the table that its rebuild does not share."""
    return await Rebuild(harness.store, RemindersProjection(ReminderPolicy())).differences(harness.url)


async def numbers(harness: Harness) -> list[tuple[str, int]]:
    return [(e.email.partition("@")[0], e.number) for e in await harness.told() if isinstance(e, InvitationReminded)]


async def test_who_has_not_answered_is_reminded_after_three_and_seven_days(
    harness: Harness, mail: MailServerScript
) -> None:
    await wanted(harness, harness.company_id)
    ann, bob = harness.invited("ann"), harness.invited("bob")
    await harness.hear(ann, bob)
    async with harness.sending(mail.port):
        await all_ended(harness, 2)
        await reminders(harness).remind_all()
        assert await numbers(harness) == []
        await harness.hear(answer(bob))
        for days, expected in ((3.1, [1]), (3.2, [1]), (7.1, [1, 2]), (9, [1, 2])):
            harness.clock.ahead = timedelta(days=days)
            await reminders(harness).remind_all()
            await reminders(harness).remind_all()
            assert await numbers(harness) == [("ann", n) for n in expected]

        async def reminded() -> bool:
            return len(mail.copies(ann.email)) == 3

        await until(reminded, "both reminders are sent")
    assert len(mail.copies(bob.email)) == 1
    assert {SIGNER.verify(token) for copy in mail.copies(ann.email) for token in tokens(plain(copy))} == {
        UUID(ann.invitation_id)
    }
    assert await harness.pool.fetchval("SELECT count(*) FROM reminders") == 0
    assert await differences(harness) == {"reminders": 0}


async def test_two_companies_do_not_remind_one_address_on_one_day(harness: Harness, mail: MailServerScript) -> None:
    companies = [str(uuid4()), str(uuid4())]
    for company_id in companies:
        await wanted(harness, company_id)
    await harness.hear(*(harness.invited("ann", company_id=company_id) for company_id in companies))
    async with harness.sending(mail.port):
        await all_ended(harness, 2)
        harness.clock.ahead = timedelta(days=3.1)
        await reminders(harness).remind_all()
        assert await numbers(harness) == [("ann", 1)]
        harness.clock.ahead = timedelta(days=4.2)
        await reminders(harness).remind_all()
    assert await numbers(harness) == [("ann", 1), ("ann", 1)]
    assert await differences(harness) == {"reminders": 0}


async def test_without_the_companys_wish_nobody_is_reminded(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    await harness.hear(harness.invited("ann"))
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    harness.clock.ahead = timedelta(days=3.1)
    await reminders(harness).remind_all()
    assert await numbers(harness) == []
    await wanted(harness, harness.company_id)
    harness.clock.ahead = timedelta(days=4.2)
    await reminders(harness).remind_all()
    assert await numbers(harness) == [("ann", 1)]


@pytest.mark.parametrize("chosen", [True, False])
async def test_what_was_chosen_for_a_batch_goes_before_what_its_company_wants(
    harness: Harness, mail: MailServerScript, chosen: bool
) -> None:
    await harness.hear(
        CompanyChanged(
            company_id=harness.company_id, name="N", plan="plus", purchased_licenses=9, reminders=not chosen
        ),
        harness.confirmed(BATCH).model_copy(update={"reminders": chosen}),
    )
    await invite(harness, mail, harness.invited("ann", BATCH))
    harness.clock.ahead = timedelta(days=3.1)
    await reminders(harness).remind_all()
    assert await numbers(harness) == ([("ann", 1)] if chosen else [])
    assert await differences(harness) == {"reminders": 0}


async def test_while_answers_may_be_there_that_are_not_heard_nobody_is_reminded(
    harness: Harness, mail: MailServerScript
) -> None:
    await wanted(harness, harness.company_id)
    ann, bob = harness.invited("ann"), harness.invited("bob")
    await invite(harness, mail, ann, bob)
    harness.clock.ahead = timedelta(days=3.1)

    async def behind() -> bool:
        return False

    async def catches_up() -> bool:
        await harness.hear(answer(ann))
        return True

    await reminders(harness, behind).remind_all()
    assert await numbers(harness) == []
    await reminders(harness, catches_up).remind_all()
    assert await numbers(harness) == [("bob", 1)]


async def test_a_reminder_that_waits_is_withdrawn_by_the_answer(harness: Harness, mail: MailServerScript) -> None:
    await wanted(harness, harness.company_id)
    ann = harness.invited("ann")
    await invite(harness, mail, ann)
    harness.clock.ahead = timedelta(days=3.1)
    await reminders(harness).remind_all()
    bob = harness.invited("bob")
    await harness.hear(answer(ann), bob)
    async with harness.sending(mail.port, watched=False):

        async def sent() -> bool:
            return bool(mail.copies(bob.email))

        await until(sent, "what was queued after it is sent")
    assert len(mail.copies(ann.email)) == 1
    assert ("ann", "withdrawn") in await harness.mails()


@pytest.mark.parametrize("report", [POSTFIX, COMPLAINT], ids=["bounced", "complained"])
async def test_whose_invitation_came_back_or_was_not_wanted_is_not_reminded(
    harness: Harness, mail: MailServerScript, report: bytes
) -> None:
    await wanted(harness, harness.company_id)
    ann = harness.invited("ann")
    await invite(harness, mail, ann)
    mail_id = RETURN_ADDRESSES.mail_of(mail.senders[ann.email])
    assert await BounceIntake(harness.store, harness.decider, harness.clock).take(mail_id, report) in _TAKEN
    harness.clock.ahead = timedelta(days=3.1)
    await reminders(harness).remind_all()
    assert await numbers(harness) == []


_TAKEN = ("bounced", "complained")


async def test_a_reminder_that_is_refused_says_that_the_invitation_does_not_arrive(
    harness: Harness, mail: MailServerScript
) -> None:
    await wanted(harness, harness.company_id)
    ann = harness.invited("ann")
    await invite(harness, mail, ann)
    harness.clock.ahead = timedelta(days=3.1)
    await reminders(harness).remind_all()
    mail.script[ann.email].append(UNKNOWN)
    async with harness.sending(mail.port, watched=False):

        async def failed() -> bool:
            return "failed" in [state for _, state in await harness.mails()]

        await until(failed, "the reminder is refused")
    [bounced] = [event for event in await harness.told() if isinstance(event, InvitationBounced)]
    assert (bounced.invitation_id, bounced.status[0]) == (ann.invitation_id, "5")
    harness.clock.ahead = timedelta(days=7.1)
    await reminders(harness).remind_all()
    assert await numbers(harness) == [("ann", 1)]


async def test_replicas_that_remind_at_once_remind_once(harness: Harness, mail: MailServerScript) -> None:
    await wanted(harness, harness.company_id)
    people = [harness.invited(f"p{n}") for n in range(12)]
    await invite(harness, mail, *people)
    harness.clock.ahead = timedelta(days=3.1)
    await asyncio.gather(*(reminders(harness).remind_all() for _ in range(4)), harness.hear(*map(answer, people[:6])))
    told = Counter(await numbers(harness))
    assert set(told.values()) == {1}
    assert {(f"p{n}", 1) for n in range(6, 12)} <= told.keys()
    assert await differences(harness) == {"reminders": 0}
