"""From an event to a mail and to what is told of it, on real Postgres and over real SMTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notification.application.mail_queue import MailQueue
from services.notification.domain.mail.outcome import Outcome, Taken
from services.notification.formats.mail.compose import Envelope
from tests.integration.notification.harness import SIGNER, Harness, until
from tests.integration.notification.sent_mails import BATCH, all_ended, tokens
from tests.integration.notification.smtp import BUSY, CUT_AFTER, CUT_BEFORE, GONE, UNKNOWN, MailServerScript, plain
from usher_contracts import (
    InvitationCancelled,
    InvitationFailed,
    InvitationSent,
    Person,
    UserActivated,
    UserReactivated,
)

pytestmark = pytest.mark.anyio


async def test_each_invited_person_gets_one_mail_with_their_own_link(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    people = [harness.invited(f"person{n}", BATCH) for n in range(23)]
    await harness.hear(*people)
    async with harness.sending(mail.port):
        await all_ended(harness, 23)
    for person in people:
        [message] = mail.copies(person.email)
        [token] = tokens(plain(message))
        assert SIGNER.verify(token) == UUID(person.invitation_id)
    assert mail.connections <= 2
    sent = [e for e in await harness.told() if isinstance(e, InvitationSent)]
    assert {e.user_id for e in sent} == {p.user_id for p in people}
    assert all((e.batch_id, e.attempts, e.error) == (BATCH, 1, None) for e in sent)


async def test_the_same_event_again_is_the_same_mail(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    person = harness.invited("ann", BATCH)
    await harness.hear(person)
    await harness.hear(person, person)
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
        await harness.hear(person)
    assert len(mail.copies(person.email)) == 1


async def test_a_mail_waits_until_its_companys_name_is_known(harness: Harness, mail: MailServerScript) -> None:
    await harness.hear(harness.invited("ann"))
    async with harness.sending(mail.port):
        await harness.mail_queue.reclaim()
        assert (await harness.mail_queue.next_group((), claim=True)).mails == ()
        await harness.named()
        await all_ended(harness, 1)
    [message] = mail.copies("ann@northwind.example")
    assert "Northwind Trading" in plain(message)


async def test_put_off_refused_and_cut_mails_come_to_their_ends(harness: Harness, mail: MailServerScript) -> None:
    mail.plan("busy@northwind.example", BUSY, BUSY)
    mail.plan("unknown@northwind.example", UNKNOWN)
    mail.plan("before@northwind.example", CUT_BEFORE)
    mail.plan("after@northwind.example", CUT_AFTER)
    mail.plan("twice@northwind.example", CUT_AFTER, CUT_AFTER)
    await harness.named()
    names = ("busy", "unknown", "before", "after", "twice", "fine")
    await harness.hear(*(harness.invited(name) for name in names))
    async with harness.sending(mail.port):
        await all_ended(harness, len(names))
    copies = {name: len(mail.copies(f"{name}@northwind.example")) for name in names}
    assert copies == {"busy": 1, "unknown": 0, "before": 1, "after": 2, "twice": 2, "fine": 1}
    assert (await harness.states())["unknown"] == "failed"
    told = {
        e.email.partition("@")[0]: e for e in await harness.told() if isinstance(e, InvitationSent | InvitationFailed)
    }
    assert (told["unknown"].error, told["busy"].attempts) == (UNKNOWN, 3)
    assert [name for name in names if isinstance(told[name], InvitationFailed)] == ["unknown"]
    unconfirmed = [e for e in told.values() if isinstance(e, InvitationSent) and e.unconfirmed]
    assert [e.email for e in unconfirmed] == ["twice@northwind.example"]


async def test_both_copies_have_the_same_message_id_and_link(harness: Harness, mail: MailServerScript) -> None:
    mail.plan("ann@northwind.example", CUT_AFTER)
    await harness.named()
    await harness.hear(harness.invited("ann"))
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    one, two = mail.copies("ann@northwind.example")
    assert one["Message-ID"] == two["Message-ID"]
    assert tokens(one.as_string()) == tokens(two.as_string())


async def test_a_sender_that_died_leaves_its_mails_to_another(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(5)))
    claimed = await harness.mail_queue.next_group((), claim=True)
    assert len(claimed.mails) == 5
    async with harness.sending(mail.port):
        await asyncio.sleep(0.2)
        assert set((await harness.states()).values()) == {"sending"}, "a lease that runs is kept"
        harness.clock.ahead = timedelta(seconds=31)
        await all_ended(harness, 5)
    assert sorted(len(mail.copies(f"person{n}@northwind.example")) for n in range(5)) == [1] * 5


async def test_the_second_copy_of_a_mail_is_claimed_alone(harness: Harness) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(4)))
    await harness.mail_queue.next_group((), claim=True)
    harness.clock.ahead = timedelta(seconds=31)
    assert await harness.mail_queue.reclaim() == 4
    harness.clock.ahead = timedelta(seconds=40)
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 1


async def test_two_processes_never_take_the_same_mail(harness: Harness) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(40)))
    others = [MailQueue(harness.store, harness.decider, harness.clock, 5, harness.lease) for _ in range(8)]
    groups = await asyncio.gather(*(mail_queue.next_group((), claim=True) for mail_queue in others))
    taken = [claimed.row.id for group in groups for claimed in group.mails]
    assert len(taken) == len(set(taken)) > 5


async def test_companies_take_turns(harness: Harness) -> None:
    companies = [str(uuid4()) for _ in range(3)]
    for company in companies:
        await harness.named(company, f"Company {company}")
    await harness.hear(*(harness.invited(f"many{n}", company_id=companies[0]) for n in range(30)))
    await harness.hear(*(harness.invited(f"one{n}", company_id=company) for n, company in enumerate(companies[1:])))
    groups = [await harness.mail_queue.next_group((), claim=True) for _ in range(4)]
    assert len({group.company for group in groups[:3]}) == 3
    assert sorted(len(group.mails) for group in groups) == [1, 1, 5, 5]


async def test_an_invitation_that_no_longer_counts_is_not_mailed(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    cancelled, used, superseded = harness.invited("cancelled"), harness.invited("used"), harness.invited("superseded")
    again = harness.again(superseded)
    await harness.hear(cancelled, used, superseded)
    company_id = harness.company_id
    await harness.hear(
        InvitationCancelled(company_id=company_id, user_id=cancelled.user_id, email=cancelled.email),
        UserActivated(company_id=company_id, user_id=used.user_id, email=used.email),
        again,
    )
    async with harness.sending(mail.port):
        await all_ended(harness, 4)
    assert {address for address, _ in mail.dots} == {superseded.email}
    [message] = mail.copies(superseded.email)
    text = plain(message)
    assert SIGNER.verify(tokens(text)[0]) == UUID(again.invitation_id)
    assert "the one in an earlier mail no longer works" in text


async def test_invited_and_cancelled_in_one_breath_is_not_mailed(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    person = harness.invited("ann")
    cancelled = InvitationCancelled(company_id=harness.company_id, user_id=person.user_id, email=person.email)
    await harness.hear(person, cancelled)
    assert await harness.states() == {"ann": "withdrawn"}


async def test_who_is_reactivated_is_told(harness: Harness, mail: MailServerScript) -> None:
    await harness.named()
    await harness.hear(
        UserReactivated(
            company_id=harness.company_id,
            user_id=str(uuid4()),
            email="zoe@northwind.example",
            first_name="Zoe",
            by=Person(email="marta@northwind.example", name="Marta Lindqvist"),
        ),
        # Nobody did it: the platform said that the person is a user, and tells them itself.
        UserReactivated(company_id=harness.company_id, user_id=str(uuid4()), email="yan@northwind.example"),
    )
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    [message] = mail.copies("zoe@northwind.example")
    assert message["Subject"] == "You can use Usher at Northwind Trading again"
    assert await harness.told() == []


async def test_what_was_sent_is_recorded_while_the_mail_server_is_away(
    harness: Harness, mail: MailServerScript
) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(5)))
    mail.plan("person1@northwind.example", GONE)
    async with harness.sending(mail.port, count=1):

        async def recorded() -> bool:
            return (await harness.states()).get("person1") == "ambiguous"

        await until(recorded, "the cut is recorded")
        states = await harness.states()
    assert states == {"person0": "sent", "person1": "ambiguous", **{f"person{n}": "retry" for n in (2, 3, 4)}}


class Gone:
    """A line that is cut off while it sends: whoever waits for it is cancelled."""

    def __init__(self, mail: list[Envelope], hold: asyncio.Event) -> None:
        self.mail = mail
        self.hold = hold

    alive = True

    async def open(self) -> None: ...

    async def send(self, envelope: Envelope, following: Envelope | None = None) -> Outcome:
        await self.hold.wait()
        self.mail.append(envelope)
        return Taken()

    def abandon(self, envelope: Envelope) -> None: ...

    async def quit(self) -> None: ...


async def test_a_stop_ends_the_mail_under_way_and_puts_the_rest_back(harness: Harness) -> None:
    await harness.named()
    await harness.hear(*(harness.invited(f"person{n}") for n in range(5)))
    sent: list[Envelope] = []
    hold = asyncio.Event()
    running = asyncio.ensure_future(harness.senders(lambda: Gone(sent, hold), count=1).run())

    async def began() -> bool:
        return set((await harness.states()).values()) == {"sending"}

    await until(began, "the group is taken")
    running.cancel()
    await asyncio.sleep(0.05)
    hold.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(sent) == 1
    assert sorted((await harness.states()).values()) == ["retry"] * 4 + ["sent"]
