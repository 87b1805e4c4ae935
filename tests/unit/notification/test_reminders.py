"""Reminders: who has not answered an invitation is reminded, never after an answer, never twice a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs

from services.notification.domain.mail.commands import Accepted, Bounce, Complain, MailCommand, Queue, Remind, Withdraw
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.events import InvitationReminded, MailEvent, MailQueued, MailSent
from services.notification.domain.mail.reminders import PAUSE, ReminderPolicy, look_again_at
from services.notification.domain.mail.state import Sending, Sent
from services.notification.formats.mail.compose import Composer
from shared.core.signed_ids import Signer
from shared.erasure.person import marker_of
from tests.unit.notification.examples import AT, DELIVERY, EMAIL, INVITATION, MESSAGE_ID, POLICY, QUEUED, REMINDER

MAIL = mail_decider(POLICY)
DAYS = ReminderPolicy()
SENT = Sent(QUEUED, awaited=True)


def day(days: float) -> timedelta:
    return timedelta(days=days)


def test_after_three_days_the_invitation_is_reminded_of() -> None:
    command = Remind(DAYS.number(AT, AT + day(3)), None, AT + day(3))
    assert MAIL.decide(command, SENT) == [InvitationReminded(1, EMAIL, AT + day(3), DELIVERY)]


def test_before_that_nobody_is_reminded_and_twice_nobody_of_the_same() -> None:
    early = AT + day(3) - timedelta(seconds=1)
    assert MAIL.decide(Remind(DAYS.number(AT, early), None, early), SENT) == []
    assert MAIL.decide(Remind(1, None, AT + day(5)), replace(SENT, reminded=1)) == []
    assert DAYS.number(AT, AT + day(7)) == 2


@pytest.mark.parametrize(
    "ending",
    [Withdraw("The invitation was used."), Bounce("5.1.1", "no mailbox", AT), Complain(AT)],
    ids=["answered", "bounced", "complained"],
)
def test_once_it_is_over_nobody_is_reminded(ending: MailCommand) -> None:
    state = MAIL.fold(MAIL.decide(ending, SENT), SENT)
    assert MAIL.decide(Remind(1, None, AT + day(3)), state) == []


def test_what_was_answered_while_it_was_being_sent_is_not_reminded_of() -> None:
    state = Sending(QUEUED, 1, AT + timedelta(seconds=18), uncertain=False)
    state = MAIL.fold(MAIL.decide(Withdraw("The invitation was used."), state), state)
    state = MAIL.fold(MAIL.decide(Accepted(1), state), state)
    assert isinstance(state, Sent)
    assert MAIL.decide(Remind(1, None, AT + day(3)), state) == []


def test_of_what_was_sent_before_answers_were_kept_nobody_is_reminded() -> None:
    """Who has answered it is not in the log."""
    sent = MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY)
    assert MAIL.decide(Remind(1, None, AT + day(3)), MAIL.fold([QUEUED, sent])) == []


def test_who_is_forgotten_is_not_reminded() -> None:
    forgotten = structs.replace(QUEUED, recipient=marker_of(UUID(int=7)))
    assert MAIL.decide(Remind(1, None, AT + day(3)), replace(SENT, mail=forgotten)) == []


def test_an_expired_link_is_not_sent_again() -> None:
    assert MAIL.decide(Remind(2, None, INVITATION.expires_at), SENT) == []


def test_an_address_that_was_reminded_of_another_invitation_waits_a_day() -> None:
    last, now = AT + day(2.5), AT + day(3)
    assert MAIL.decide(Remind(1, last, now), SENT) == []
    assert look_again_at(DAYS, AT, 0, last, now) == last + PAUSE


def test_an_address_waits_a_day_however_it_is_written() -> None:
    written = structs.replace(QUEUED, recipient=EMAIL.title())
    (reminded,) = MAIL.decide(Remind(1, None, AT + day(3)), replace(SENT, mail=written))
    assert isinstance(reminded, InvitationReminded)
    assert (reminded.email_key, reminded.delivery.email) == (EMAIL, EMAIL.title())


def test_who_is_not_due_yet_is_looked_at_when_they_are() -> None:
    assert look_again_at(DAYS, AT, 0, AT + day(0.5), AT + day(1)) == AT + day(3)


def test_who_was_reminded_is_reminded_of_the_next_alone() -> None:
    state = MAIL.fold(MAIL.decide(Remind(1, None, AT + day(3)), SENT), SENT)
    assert MAIL.decide(Remind(1, None, AT + day(6)), state) == []
    assert MAIL.decide(Remind(2, None, AT + day(7)), state)


def test_what_nobody_wants_is_looked_at_again_a_day_later() -> None:
    assert look_again_at(DAYS, AT, 0, None, AT + day(3)) == AT + day(4)
    assert look_again_at(DAYS, AT, 1, None, AT + day(6)) == AT + day(7)


@settings(max_examples=60, deadline=None)
@for_all(st.lists(st.tuples(st.sampled_from(["a day", "an hour", "answer", "bounce", "complain"]), st.booleans())))
def test_never_two_a_day_to_an_address_and_never_after_an_end(script: list[tuple[str, bool]]) -> None:
    """Two invitations to one address, whatever happens to each."""
    start: list[MailEvent] = [
        *MAIL.decide(Queue(EMAIL, MESSAGE_ID, INVITATION, AT), MAIL.initial),
        MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True),
    ]
    mails = [list(start), list(start)]
    over, told, now = [False, False], list[InvitationReminded](), AT
    for step, which in script:
        ends: dict[str, MailCommand] = {
            "answer": Withdraw("The invitation was used."),
            "bounce": Bounce("5.1.1", "no mailbox", now),
            "complain": Complain(now),
        }
        if step in ends:
            mails[which] += MAIL.decide(ends[step], MAIL.fold(mails[which]))
            over[which] = True
        now += {"a day": timedelta(days=1), "an hour": timedelta(hours=1)}.get(step, timedelta())
        for n, mail in enumerate(mails):
            last = told[-1].at if told else None
            new = MAIL.decide(Remind(DAYS.number(AT, now), last, now), MAIL.fold(mail))
            assert not (new and over[n])
            mail += new
            told += [event for event in new if isinstance(event, InvitationReminded)]
    assert all(two.at - one.at >= timedelta(days=1) for one, two in pairwise(told))
    assert all(event.at < INVITATION.expires_at for event in told)


def test_the_mail_says_what_it_is_and_has_the_invitations_link() -> None:
    signer = Signer.of("invitation", "a key that is long enough for it")
    composer = Composer(Address("Usher", "no-reply", "usher.example"), "https://usher.example", signer)
    text = composer.text(REMINDER, EMAIL, "Northwind")
    assert text.subject == "Reminder: Marta Lindqvist invites you to Northwind"
    assert text.button is not None
    assert signer.verify(text.button.link.rpartition("/")[2]) == INVITATION.invitation_id
    assert "until 18 December 2026" in (text.note or "")
    assert "invited you on 4 December 2026" in text.paragraphs[0]
    assert b"Reminder" in composer.envelope(UUID(int=1), MailQueued(EMAIL, MESSAGE_ID, REMINDER, AT), "N", AT).data
