"""One mail, in the words of its states: queued, sending, sent, retry, failed, ambiguous, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.notification.domain.mail.commands import (
    Accepted,
    Bounce,
    Complain,
    Deferred,
    LeaseRanOut,
    Lost,
    MailCommand,
    PutBack,
    Queue,
    Refused,
    Withdraw,
)
from services.notification.domain.mail.decide import LOST_SENDER, mail_decider
from services.notification.domain.mail.events import (
    HandoverUncertain,
    InvitationClosed,
    MailBounced,
    MailComplained,
    MailEvent,
    MailFailed,
    MailSent,
    MailWithdrawn,
    SendingDeferred,
    SendingPutBack,
    SendingStarted,
    WithdrawalAsked,
)
from services.notification.domain.mail.state import (
    Ambiguous,
    Bounced,
    Failed,
    MailState,
    NoMail,
    Queued,
    Retrying,
    Sending,
    Sent,
    Withdrawn,
    claimed,
)
from shared.erasure.person import ERASED, marker_of
from tests.spec import Given, given, replace
from tests.unit.notification.examples import (
    AT,
    DELIVERY,
    EMAIL,
    INVITATION,
    MESSAGE_ID,
    POLICY,
    QUEUED,
    REACTIVATION,
    STARTED,
    UNTIL,
    after,
)

MAIL = mail_decider(POLICY)
BROKE = "The connection broke."
CANCELLED = "The invitation was cancelled."
AMBIGUOUS = HandoverUncertain(1, BROKE, after(3))
AGAIN = SendingStarted(2, after(40), uncertain=True)


def mail(*history: MailEvent) -> Given[MailCommand, MailState, MailEvent]:
    return given(MAIL, *history)


def test_a_mail_is_queued_once() -> None:
    command = Queue(EMAIL, MESSAGE_ID, INVITATION, AT)
    mail().when(command).then(QUEUED)
    mail(QUEUED).when(command).then_nothing()


def test_it_is_sent_and_says_so() -> None:
    mail(QUEUED, STARTED).when(Accepted(1)).then(
        MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True)
    )


def test_a_mail_that_is_no_invitation_tells_of_no_delivery() -> None:
    told = replace(QUEUED, content=REACTIVATION)
    mail(told, STARTED).when(Accepted(1)).then(MailSent(1, unconfirmed=False, error=None, delivery=None))


def test_a_refusal_fails_with_the_servers_reason() -> None:
    reason = "550 5.1.1 mailbox not found"
    mail(QUEUED, STARTED).when(Refused(1, reason)).then(MailFailed(1, reason, DELIVERY))


def test_what_is_put_off_is_tried_again_later_and_later() -> None:
    waits = [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (6, 10), (40, 10)]
    for attempt, seconds in waits:
        started = SendingStarted(attempt, UNTIL, uncertain=False)
        deferred = SendingDeferred(attempt, "450 busy", after(5 + seconds), uncertain=False)
        mail(QUEUED, started).when(Deferred(attempt, "450 busy", after(5))).then(deferred)


def test_after_24_hours_of_retries_it_fails() -> None:
    late = AT + timedelta(hours=24)
    just_before = late - timedelta(seconds=1)
    assert isinstance(mail(QUEUED, STARTED).when(Deferred(1, "450 busy", just_before)).events[0], SendingDeferred)
    mail(QUEUED, STARTED).when(Deferred(1, "450 busy", late)).then(MailFailed(1, "450 busy", DELIVERY))


def test_when_an_answer_is_lost_there_is_one_more_copy() -> None:
    mail(QUEUED, STARTED).when(Lost(1, BROKE, after(2))).then(AMBIGUOUS)
    assert claimed(MAIL.fold((QUEUED, STARTED, AMBIGUOUS)), after(40)) == Sending(QUEUED, 2, after(40), uncertain=True)


def test_when_it_is_lost_again_it_is_reported_as_unconfirmed() -> None:
    sent = MailSent(2, unconfirmed=True, error=BROKE, delivery=DELIVERY, awaited=True)
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(Lost(2, BROKE, after(9))).then(sent)
    died = replace(sent, error=LOST_SENDER)
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(LeaseRanOut(after(40))).then(died)


def test_the_second_copy_that_is_put_off_stays_the_second() -> None:
    deferred = SendingDeferred(2, "450 busy", after(9 + 2), uncertain=True)
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(Deferred(2, "450 busy", after(9))).then(deferred)
    third = Sending(QUEUED, 3, after(60), uncertain=True)
    assert claimed(MAIL.fold((QUEUED, STARTED, AMBIGUOUS, AGAIN, deferred)), after(60)) == third


def test_the_second_copy_that_is_put_off_for_a_day_counts_as_sent_but_unconfirmed() -> None:
    late = AT + timedelta(hours=25)
    sent = MailSent(2, unconfirmed=True, error="450 busy", delivery=DELIVERY, awaited=True)
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(Deferred(2, "450 busy", late)).then(sent)


def test_a_sender_that_died_may_have_handed_it_over() -> None:
    mail(QUEUED, STARTED).when(LeaseRanOut(UNTIL - timedelta(microseconds=1))).then_nothing()
    mail(QUEUED, STARTED).when(LeaseRanOut(UNTIL)).then(HandoverUncertain(1, LOST_SENDER, UNTIL + POLICY.initial_pause))


def test_an_answer_that_comes_after_the_lease_spares_the_second_copy() -> None:
    mail(QUEUED, STARTED, AMBIGUOUS).when(Accepted(1)).then(
        MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True)
    )


@pytest.mark.parametrize("late", [Refused(1, "550"), Deferred(1, "450", AT), Lost(1, BROKE, AT), PutBack(1, UNTIL, AT)])
def test_other_results_of_an_attempt_that_is_over_mean_nothing(late: MailCommand) -> None:
    mail(QUEUED, STARTED, AMBIGUOUS).when(late).then_nothing()
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(late).then_nothing()
    mail(QUEUED, STARTED, AMBIGUOUS, AGAIN).when(Accepted(1)).then_nothing()


def test_an_attempt_that_never_began_does_not_count() -> None:
    back = SendingPutBack(0, after(2), uncertain=False)
    mail(QUEUED, STARTED).when(PutBack(1, UNTIL, after(2))).then(back)
    assert claimed(MAIL.fold((QUEUED, STARTED, back)), UNTIL) == Sending(QUEUED, 1, UNTIL, uncertain=False)


def test_put_back_twice_it_stays_with_who_has_it_by_then() -> None:
    """The number of an attempt that was put back is given again; the answer to the first putting back was lost."""
    back = SendingPutBack(0, after(2), uncertain=False)
    others = SendingStarted(1, UNTIL + timedelta(seconds=2), uncertain=False)
    mail(QUEUED, STARTED, back, others).when(PutBack(1, UNTIL, after(2))).then_nothing()


def test_an_invitation_that_no_longer_counts_is_withdrawn_before_its_mail_goes_out() -> None:
    withdraw = Withdraw(CANCELLED)
    deferred = SendingDeferred(1, "450 busy", after(1), uncertain=False)
    mail(QUEUED).when(withdraw).then(MailWithdrawn(0, CANCELLED, DELIVERY))
    mail(QUEUED, STARTED, deferred).when(withdraw).then(MailWithdrawn(1, CANCELLED, DELIVERY))
    mail(QUEUED, STARTED, AMBIGUOUS).when(withdraw).then(MailWithdrawn(1, CANCELLED, DELIVERY))


def test_what_is_being_sent_is_withdrawn_when_it_comes_back() -> None:
    asked = WithdrawalAsked(CANCELLED, 1, UNTIL, uncertain=False)
    withdrawn = MailWithdrawn(1, CANCELLED, DELIVERY)
    mail(QUEUED, STARTED).when(Withdraw(CANCELLED)).then(asked)
    mail(QUEUED, STARTED, asked).when(Withdraw(CANCELLED)).then_nothing()
    mail(QUEUED, STARTED, asked).when(Deferred(1, "450", AT)).then(withdrawn)
    mail(QUEUED, STARTED, asked).when(PutBack(1, UNTIL, AT)).then(withdrawn)
    mail(QUEUED, STARTED, asked).when(Lost(1, BROKE, AT)).then(withdrawn)
    mail(QUEUED, STARTED, asked).when(LeaseRanOut(UNTIL)).then(withdrawn)
    sent = MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY)
    mail(QUEUED, STARTED, asked).when(Accepted(1)).then(sent)


ENDS = (
    MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True),
    MailFailed(1, "550", DELIVERY),
    MailWithdrawn(1, CANCELLED, DELIVERY),
)
COMMANDS: tuple[MailCommand, ...] = (
    Queue(EMAIL, MESSAGE_ID, INVITATION, AT),
    Accepted(1),
    Refused(1, "550"),
    Deferred(1, "450", AT),
    Lost(1, BROKE, AT),
    PutBack(1, UNTIL, AT),
    LeaseRanOut(UNTIL),
    Withdraw(CANCELLED),
)


def test_a_claim_is_a_lease_of_what_waits() -> None:
    for history in ((), (QUEUED, STARTED), *((QUEUED, STARTED, end) for end in ENDS)):
        assert claimed(MAIL.fold(history), UNTIL) is None
    assert claimed(MAIL.fold((QUEUED,)), UNTIL) == Sending(QUEUED, 1, UNTIL, uncertain=False)


def test_an_old_logs_start_of_an_attempt_is_the_same_state_as_a_lease() -> None:
    for before, started in (((QUEUED,), STARTED), ((QUEUED, STARTED, AMBIGUOUS), AGAIN)):
        assert MAIL.fold((*before, started)) == claimed(MAIL.fold(before), started.until)


@pytest.mark.parametrize("end", ENDS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: type(c).__name__)
def test_an_end_is_an_end(end: MailEvent, command: MailCommand) -> None:
    if isinstance(command, Withdraw) and isinstance(end, MailSent):
        # It stays sent: only who has answered is not reminded.
        mail(QUEUED, STARTED, end).when(command).then(InvitationClosed(command.reason))
    else:
        mail(QUEUED, STARTED, end).when(command).then_nothing()


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda c: type(c).__name__)
def test_nothing_is_decided_on_a_mail_that_nobody_queued(command: MailCommand) -> None:
    mail().when(command).then_nothing()


class Senders:
    """Senders that see attempts begin, hand over or not, and tell late or never; and what really was handed over."""

    def __init__(self) -> None:
        self.state: MailState = NoMail()
        self.events: list[MailEvent] = []
        self.now = AT
        self.handed_over = 0
        self.leases: list[Sending] = []

    def tell(self, command: MailCommand) -> Sequence[MailEvent]:
        events = MAIL.decide(command, self.state)
        self.state = MAIL.fold(events, self.state)
        self.events += events
        return events

    def start(self) -> None:
        lease = claimed(self.state, self.now + timedelta(seconds=18))
        if lease is not None:
            self.state = lease
            self.leases.append(lease)

    def end(self, choice: int, how: str) -> None:
        """One of the attempts under way, perhaps one whose lease ended long ago, comes to its end."""
        if not self.leases:
            return
        lease = self.leases.pop(choice % len(self.leases))
        attempt = lease.attempt
        if how in ("accepted", "lost", "died"):
            self.handed_over += 1
        results: dict[str, MailCommand] = {
            "accepted": Accepted(attempt),
            "lost": Lost(attempt, BROKE, self.now),
            "deferred": Deferred(attempt, "450", self.now),
            "refused": Refused(attempt, "550"),
            "put_back": PutBack(attempt, lease.until, self.now),
        }
        if how in results:
            self.tell(results[how])

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.tell(LeaseRanOut(self.now))


endings = st.sampled_from(["accepted", "lost", "lost", "died", "deferred", "refused", "put_back"])
steps = st.one_of(
    st.just(("start", 0, "")),
    st.tuples(st.just("end"), st.integers(0, 3), endings),
    st.tuples(st.just("attempt"), st.just(-1), endings),
    st.tuples(st.just("wait"), st.sampled_from([1, 17, 18, 100_000]), st.just("")),
    st.just(("withdraw", 0, "")),
)


def play(script: list[tuple[str, int, str]]) -> Senders:
    senders = Senders()
    senders.tell(Queue(EMAIL, MESSAGE_ID, INVITATION, AT))
    for step, number, how in script:
        match step:
            case "start":
                senders.start()
            case "end":
                senders.end(number, how)
            case "attempt":
                senders.start()
                senders.end(number, how)
            case "wait":
                senders.wait(number)
            case _:
                senders.tell(Withdraw(CANCELLED))
    return senders


@settings(max_examples=400)
@for_all(st.lists(steps, max_size=30))
def test_however_senders_come_and_go_nobody_gets_a_third_copy(script: list[tuple[str, int, str]]) -> None:
    senders = play(script)
    # Senders whose lease ran out long ago may still come round and hand over: that is the worst that can come.
    while senders.leases:
        senders.end(0, "lost")
    assert senders.handed_over <= 2
    assert sum(isinstance(e, HandoverUncertain) for e in senders.events) <= 1


@for_all(st.lists(steps, max_size=40))
def test_there_is_one_end_and_nothing_after_it(script: list[tuple[str, int, str]]) -> None:
    events = [e for e in play(script).events if not isinstance(e, InvitationClosed)]
    ends = [n for n, e in enumerate(events) if isinstance(e, MailSent | MailFailed | MailWithdrawn)]
    assert ends in ([], [len(events) - 1])


@for_all(st.lists(steps, max_size=40))
def test_a_mail_is_never_given_up_without_an_end_or_a_next_attempt(script: list[tuple[str, int, str]]) -> None:
    senders = play(script)
    match senders.state:
        case Queued() | Retrying() | Ambiguous():
            assert claimed(senders.state, UNTIL) is not None
        case Sending(until=until):
            assert MAIL.decide(LeaseRanOut(until), senders.state) != []
        case Sent() | Failed() | Withdrawn():
            last = [e for e in senders.events if not isinstance(e, InvitationClosed)][-1]
            assert isinstance(last, MailSent | MailFailed | MailWithdrawn)
        case NoMail() | Bounced():
            raise AssertionError("it was queued, and nothing has come back")


def test_a_pause_never_overflows() -> None:
    assert POLICY.pause(10_000) == POLICY.max_pause


NO_MAILBOX = Bounce("5.1.1", "The address does not exist (5.1.1)", after(60))
SENT = MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True)
BOUNCED = MailBounced("5.1.1", "The address does not exist (5.1.1)", after(60), DELIVERY)
COMPLAINED = MailComplained(after(60), DELIVERY)


def test_what_was_sent_can_come_back() -> None:
    given(MAIL, QUEUED, SENT).when(NO_MAILBOX).then(BOUNCED)


def test_what_comes_back_of_whom_usher_has_forgotten_quotes_nobody() -> None:
    marker = marker_of(UUID(int=7))
    erased = replace(QUEUED, recipient=marker)
    quoting = Bounce("5.1.1", f"<{EMAIL}>: no such mailbox", after(60))
    given(MAIL, erased, SENT).when(quoting).then(
        replace(BOUNCED, reason=ERASED, delivery=replace(DELIVERY, email=marker))
    )


def test_it_comes_back_once() -> None:
    given(MAIL, QUEUED, SENT, BOUNCED).when(NO_MAILBOX).then()


def test_who_got_it_may_not_have_wanted_it() -> None:
    given(MAIL, QUEUED, SENT).when(Complain(after(60))).then(COMPLAINED)


def test_they_say_so_once() -> None:
    given(MAIL, QUEUED, SENT, COMPLAINED).when(Complain(after(90))).then()


def test_what_was_not_wanted_can_come_back_as_well() -> None:
    given(MAIL, QUEUED, SENT, COMPLAINED).when(NO_MAILBOX).then(BOUNCED)


@pytest.mark.parametrize("events", [[], [QUEUED], [QUEUED, MailFailed(1, "550", DELIVERY)]], ids=len)
def test_what_was_not_sent_cannot_come_back(events: Sequence[MailEvent]) -> None:
    given(MAIL, *events).when(NO_MAILBOX).then()
    given(MAIL, *events).when(Complain(after(60))).then()


def test_nothing_is_sent_again_that_came_back() -> None:
    assert claimed(MAIL.fold([QUEUED, SENT, BOUNCED]), UNTIL) is None
    assert isinstance(MAIL.fold([QUEUED, SENT, BOUNCED]), Bounced)
