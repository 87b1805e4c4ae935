"""From an event to a mail and to what is told of it, on real Postgres and over real SMTP."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.notification.application.mail_queue import AttemptResult, MailQueue
from services.notification.domain.mail.outcome import Outcome, PutOff, Taken
from services.notification.formats.mail.compose import Envelope
from shared.eventsourcing.rebuild_from_log import Rebuild
from tests.integration.notification.harness import MARTA, PROJECTIONS, SIGNER, Harness, until
from tests.integration.notification.smtp import BUSY, CUT_AFTER, CUT_BEFORE, GONE, UNKNOWN, MailServerScript, plain
from usher_contracts import (
    BatchCompleted,
    InvitationCancelled,
    InvitationFailed,
    InvitationSent,
    LicenseReservationRejected,
    MethodologyShortage,
    Person,
    UserActivated,
    UserInvited,
    UserReactivated,
)

pytestmark = pytest.mark.anyio
BATCH, UNDO = "0190a000-0000-7000-8000-0000000000b1", "0190a000-0000-7000-8000-0000000000b2"
ENDS = {"sent", "failed", "withdrawn"}


async def all_ended(harness: Harness, count: int) -> None:
    async def ended() -> bool:
        states = [state for _, state in await harness.mails()]
        return len(states) == count and set(states) <= ENDS

    await until(ended, f"{count} mails have come to an end")


def tokens(text: str) -> list[str]:
    return re.findall(r"/join/([\w-]+)", text)


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


def _taken_back(person: UserInvited) -> InvitationCancelled:
    """By an undo."""
    return InvitationCancelled(
        company_id=person.company_id, user_id=person.user_id, email=person.email, by=MARTA, batch_id=UNDO
    )


async def test_who_was_told_of_an_invitation_is_told_that_an_undo_took_it_back(
    harness: Harness, mail: MailServerScript
) -> None:
    """Told; refused by the mail server; told, and cancelled in My Team; waiting: only the first gets another mail."""
    await harness.named()
    told, refused, by_hand, waiting = (harness.invited(name, BATCH) for name in ("told", "refused", "hand", "waiting"))
    mail.script[refused.email] = [UNKNOWN]
    await harness.hear(told, refused, by_hand)
    async with harness.sending(mail.port):
        await all_ended(harness, 3)
    cancelled = InvitationCancelled(company_id=told.company_id, user_id=by_hand.user_id, email=by_hand.email, by=MARTA)
    await harness.hear(waiting)
    await harness.hear(*map(_taken_back, (told, waiting, refused)), cancelled)
    async with harness.sending(mail.port):
        await all_ended(harness, 5)
    assert [len(mail.copies(each.email)) for each in (told, waiting, by_hand)] == [2, 0, 1]
    text = plain(mail.copies(told.email)[1])
    assert "has taken back your invitation" in text and not tokens(text)


async def test_it_is_taken_back_where_it_was_told_though_the_address_is_another_by_now(
    harness: Harness, mail: MailServerScript
) -> None:
    """Of two invitations one was sent, the other is under way; the user's address has been corrected since."""
    await harness.named()
    ann, bea, now = harness.invited("ann", BATCH), harness.invited("bea", BATCH), "corrected@northwind.example"
    await harness.hear(ann)
    async with harness.sending(mail.port):
        await all_ended(harness, 1)
    await harness.hear(bea)
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 1
    await harness.hear(
        *(
            InvitationCancelled(company_id=p.company_id, user_id=p.user_id, email=now, by=MARTA, batch_id=UNDO)
            for p in (ann, bea)
        )
    )
    async with harness.sending(mail.port):
        await until(lambda: _has(mail, bea.email), "a mail that it was taken back")
        await all_ended(harness, 4)
    assert [len(mail.copies(each)) for each in (ann.email, now)] == [2, 0]
    assert "has taken back your invitation" in plain(mail.copies(ann.email)[1])
    assert any("has taken back your invitation" in plain(copy) for copy in mail.copies(bea.email))


async def test_who_may_have_been_told_is_told_too(harness: Harness, mail: MailServerScript) -> None:
    """The mail was under way when the invitation was taken back."""
    await harness.named()
    person = harness.invited("ann", BATCH)
    await harness.hear(person)
    assert len((await harness.mail_queue.next_group((), claim=True)).mails) == 1
    await harness.hear(_taken_back(person))
    async with harness.sending(mail.port):
        await until(lambda: _has(mail, person.email), "a mail that it was taken back")
    assert "has taken back your invitation" in plain(mail.copies(person.email)[0])


async def _has(mail: MailServerScript, email: str) -> bool:
    return bool(mail.copies(email))
