"""The rules of a webhook: given what happened to it, when something is asked, then so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.commands import (
    Change,
    Delete,
    Register,
    Rotate,
    SwitchOff,
    SwitchOn,
    WebhookCommand,
)
from services.notification.domain.webhook.decide import WEBHOOK
from services.notification.domain.webhook.events import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from services.notification.domain.webhook.retry_schedule import LONGEST_RETRY_AFTER, PAUSES, RetrySchedule
from services.notification.domain.webhook.state import NoWebhook
from tests.unit.notification.examples import AT, REGISTRANT, WEBHOOK_URL, after

REGISTER = Register(WEBHOOK_URL, None, "HR sync", REGISTRANT, others=0, limit=2)
REGISTERED = WebhookRegistered(WEBHOOK_URL, None, "HR sync", REGISTRANT)
DAY = 86_400.0


def decided(given: Sequence[WebhookEvent], when: WebhookCommand) -> Sequence[WebhookEvent]:
    return WEBHOOK.decide(when, WEBHOOK.fold(given))


def test_it_is_registered() -> None:
    assert decided([], REGISTER) == [REGISTERED]


def test_an_owner_has_so_many_and_no_more() -> None:
    assert decided([], replace(REGISTER, others=1)) == [REGISTERED]
    with pytest.raises(Refused) as refused:
        decided([], replace(REGISTER, others=2))
    assert (refused.value.code, refused.value.facts) == ("too_many_webhooks", {"limit": 2})


def test_what_is_the_same_is_no_change() -> None:
    assert decided([REGISTERED], Change(WEBHOOK_URL, None, "HR sync")) == []
    wanted = (WEBHOOK_URL, ("usher.UserInvited.v1",), "HR sync")
    assert decided([REGISTERED], Change(*wanted)) == [WebhookChanged(*wanted)]


def test_each_secret_has_the_next_number() -> None:
    assert decided([REGISTERED], Rotate()) == [WebhookSecretRotated(2)]
    assert decided([REGISTERED, WebhookSecretRotated(2)], Rotate()) == [WebhookSecretRotated(3)]


def test_it_is_switched_off_and_on_once() -> None:
    off = WebhookSwitchedOff("failing")
    assert decided([REGISTERED], SwitchOff("failing")) == [off]
    assert decided([REGISTERED, off], SwitchOff("gone")) == []
    assert decided([REGISTERED, off], SwitchOn()) == [WebhookSwitchedOn()]
    assert decided([REGISTERED], SwitchOn()) == []


@pytest.mark.parametrize("command", [Change(WEBHOOK_URL, None, ""), Rotate(), SwitchOn(), Delete()])
@pytest.mark.parametrize("given", [[], [REGISTERED, WebhookDeleted()]], ids=["never", "deleted"])
def test_what_there_is_not_is_not_found(command: WebhookCommand, given: Sequence[WebhookEvent]) -> None:
    with pytest.raises(Refused) as refused:
        decided(given, command)
    assert refused.value.code == "webhook_not_found"


def test_one_that_was_deleted_while_it_failed_is_not_switched_off() -> None:
    assert decided([REGISTERED, WebhookDeleted()], SwitchOff("gone")) == []


@for_all(st.lists(st.sampled_from([Rotate(), SwitchOff("gone"), SwitchOn(), Delete(), Change(WEBHOOK_URL, None, "x")])))
def test_asked_twice_is_asked_once(script: list[WebhookCommand]) -> None:
    events: list[WebhookEvent] = [REGISTERED]
    for command in script:
        if isinstance(WEBHOOK.fold(events), NoWebhook):
            return
        events += WEBHOOK.decide(command, WEBHOOK.fold(events))
        if not isinstance(command, Rotate | Delete):
            assert WEBHOOK.decide(command, WEBHOOK.fold(events)) == []


# When a delivery is tried again


def test_the_pauses_are_those_that_are_promised_and_then_it_is_dead() -> None:
    schedule = RetrySchedule()
    seconds = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert [schedule.again_at(n, AT) for n in range(1, 10)] == [after(pause) for pause in seconds]
    assert schedule.again_at(10, AT) is None


def test_what_is_asked_for_is_waited_for_but_a_day_at_most_and_never_less_than_the_pause() -> None:
    schedule = RetrySchedule()
    assert schedule.again_at(1, AT, 90) == after(90)
    assert schedule.again_at(2, AT, 1) == after(300)
    assert schedule.again_at(1, AT, 10 * DAY) == after(LONGEST_RETRY_AFTER)
    assert schedule.again_at(1, AT, float("nan")) == after(5)


def test_development_waits_for_nothing_longer_than_it_says() -> None:
    schedule = RetrySchedule(longest=10)
    assert {schedule.again_at(n, AT, 3600) for n in range(1, len(PAUSES) + 1)} == {after(10)}


@for_all(st.integers(0, 10_000))
def test_one_that_fails_is_given_a_rest_that_ends(failures: int) -> None:
    rested = RetrySchedule(rest=60).rested_at(failures, AT)
    assert AT <= rested <= after(60)
    assert (rested == AT) == (failures < 2)


def test_it_is_given_up_after_days_without_anything_taken() -> None:
    schedule = RetrySchedule()
    assert not schedule.is_over(None, AT)
    assert not schedule.is_over(AT - timedelta(days=5) + timedelta(seconds=1), AT)
    assert schedule.is_over(AT - timedelta(days=5), AT)
