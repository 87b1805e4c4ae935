"""What is stored is stored for ever: names and shapes are pinned, rows are folds, what is told follows from them."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid5

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.domain.mail.commands import (
    Accepted,
    Deferred,
    LeaseRanOut,
    Lost,
    MailCommand,
    PutBack,
    Queue,
    Refused,
    Withdraw,
)
from services.notification.domain.mail.content import Reactivation
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.events import (
    MailBounced,
    MailEvent,
    MailFailed,
    MailQueued,
    MailSent,
    MailWithdrawn,
)
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.mail.state import NoMail, claimed
from services.notification.domain.stored_events import TYPES, NotificationEvent, batch_stream, mail_stream
from services.notification.integration_events import publish
from services.notification.read_models.mails.projection import row_change
from services.notification.read_models.mails.query import from_row
from shared.eventsourcing.events import Context, Recorded
from tests.unit.notification.examples import (
    AT,
    BATCH_ID,
    DELIVERY,
    EMAIL,
    INVITATION,
    MESSAGE_ID,
    POLICY,
    STORED,
    after,
)
from usher_contracts import parse

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden" / "notification"
COMPANY = "0190a000-0000-7000-8000-00000000000c"
CONTEXT = Context(str(BATCH_ID), "cause", "00-" + "1" * 32 + "-" + "2" * 16 + "-01", COMPANY, AT)
MAIL = mail_decider(POLICY)


def recorded(event: NotificationEvent, stream: str = mail_stream(UUID(int=1))) -> Recorded[NotificationEvent]:
    return Recorded(UUID(int=2), stream, 1, event, CONTEXT, 7)


@pytest.mark.parametrize("name", STORED)
def test_each_stored_shape_is_its_golden_file(name: str) -> None:
    stored_name, data = TYPES.dump(STORED[name])
    assert name.startswith(stored_name)
    assert json.loads(data) == json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda p: p.stem)
def test_whatever_was_ever_stored_is_still_read(path: Path) -> None:
    name = ".".join(path.stem.split(".")[:2])
    assert TYPES.load(name, path.read_text()) == STORED[path.stem]


def test_there_is_an_example_of_every_stored_name() -> None:
    assert {".".join(name.split(".")[:2]) for name in STORED} == TYPES.names


def row_after(events: list[MailEvent]) -> dict[str, Any]:
    queued = events[0]
    assert isinstance(queued, MailQueued)
    last = row_change(cast("Any", events[-1]))
    return {
        "id": UUID(int=1),
        "version": len(events),
        "company_id": UUID(COMPANY),
        "user_id": INVITATION.user_id,
        "recipient": queued.recipient,
        "message_id": queued.message_id,
        "content": msgspec.json.encode(queued.content),
        "queued_at": queued.queued_at,
        "correlation_id": "c",
        "causation_id": None,
        "traceparent": "t",
        "state": last.state,
        "attempts": last.attempts,
        "uncertain": last.uncertain,
        "withdrawal": last.withdrawal,
        "lease_until": last.lease_until,
    }


def commands(now: datetime) -> st.SearchStrategy[MailCommand]:
    attempt = st.integers(1, 4)
    return st.one_of(
        st.builds(Accepted, attempt),
        st.builds(Refused, attempt, st.just("550")),
        st.builds(Deferred, attempt, st.just("450"), st.just(now)),
        st.builds(Lost, attempt, st.just("broke"), st.just(now)),
        st.builds(PutBack, attempt, st.just(now), st.just(now)),
        st.just(LeaseRanOut(now)),
        st.just(Withdraw("why")),
    )


@for_all(st.lists(commands(after(60)), max_size=12))
def test_the_row_of_a_mail_is_the_fold_of_its_stream(script: list[MailCommand]) -> None:
    events = list(MAIL.decide(Queue(EMAIL, MESSAGE_ID, INVITATION, AT), NoMail()))
    for command in script:
        # Each command finds the mail under way or not, as a sender claimed it or did not.
        state = MAIL.fold(events)
        decided = MAIL.decide(command, state) or MAIL.decide(command, claimed(state, after(60)) or state)
        events += decided
        if isinstance(events[-1], MailSent | MailWithdrawn):
            return  # which leaves no row
        assert from_row(row_after(events)).state == MAIL.fold(events)
        assert from_row(row_after(events)).version == len(events)


def test_what_was_delivered_is_told() -> None:
    sent = MailSent(2, unconfirmed=True, error="The connection broke.", delivery=DELIVERY)
    [message] = publish(recorded(sent))
    event = parse(message.type, message.data or b"")
    assert (message.topic, message.key, message.type) == ("usher.invitations.v1", COMPANY, "usher.InvitationSent.v1")
    assert event.model_dump() == {
        "company_id": COMPANY,
        "user_id": str(DELIVERY.user_id),
        "email": EMAIL,
        "invitation_id": str(DELIVERY.invitation_id),
        "batch_id": str(BATCH_ID),
        "message_id": MESSAGE_ID,
        "attempts": 2,
        "error": "The connection broke.",
        "unconfirmed": True,
    }


def test_what_came_back_is_told_with_the_reason() -> None:
    [message] = publish(recorded(MailBounced("5.2.2", "The mailbox is full (5.2.2)", AT, DELIVERY)))
    event = parse(message.type, message.data or b"").model_dump(mode="json")
    assert message.type == "usher.InvitationBounced.v1"
    assert event == {
        "company_id": COMPANY,
        "user_id": str(DELIVERY.user_id),
        "email": EMAIL,
        "invitation_id": str(DELIVERY.invitation_id),
        "batch_id": str(BATCH_ID),
        "status": "5.2.2",
        "reason": "The mailbox is full (5.2.2)",
        "at": AT.isoformat().replace("+00:00", "Z"),
    }


def test_what_failed_is_told_with_the_reason() -> None:
    [message] = publish(recorded(MailFailed(3, "550 no such mailbox", DELIVERY)))
    event = parse(message.type, message.data or b"").model_dump()
    assert message.type == "usher.InvitationFailed.v1"
    assert (event["attempts"], event["error"]) == (3, "550 no such mailbox")


def test_a_finished_batch_is_told() -> None:
    [message] = publish(recorded(STORED["batch-completion-decided.v1"], batch_stream(BATCH_ID)))
    event = parse(message.type, message.data or b"").model_dump()
    assert message.type == "usher.BatchCompleted.v1"
    assert (event["batch_id"], event["invited"], event["changed"]) == (str(BATCH_ID), 3, 8)
    assert (event["emails_sent"], event["emails_failed"], event["emails_deferred"]) == (2, 1, 0)


TOLD = {
    "mail-sent.v1",
    "mail-sent.v1.awaited",
    "mail-failed.v1",
    "mail-bounced.v1",
    "mail-invitation-reminded.v1",
    "batch-completion-decided.v1",
    "batch-completion-decided.v1.undo",
    "person-erased.v1",
}


@pytest.mark.parametrize("name", sorted(STORED.keys() - TOLD))
def test_the_rest_is_nobodys_business(name: str) -> None:
    assert publish(recorded(STORED[name])) == []


def test_the_admins_own_mail_is_told_to_nobody() -> None:
    assert publish(recorded(MailSent(1, unconfirmed=False, error=None, delivery=None))) == []


@for_all(st.text(), st.text(), st.sampled_from(["invitation", "reactivation"]))
def test_a_mails_id_is_a_uuid_of_version_5(source: str, recipient: str, kind: str) -> None:
    namespace = UUID("6a1f6d3e-6f0b-4c58-9b0b-1f6f1f5a7f10")
    assert mail_id(source, recipient, kind) == uuid5(namespace, f"{source}\n{recipient}\n{kind}")


def test_a_mail_is_one_for_its_cause_recipient_and_kind() -> None:
    one = mail_id("batch", EMAIL, "invitation")
    others = {mail_id("other", EMAIL, "invitation"), mail_id("batch", "a@b.example", "invitation")}
    assert one == mail_id("batch", EMAIL, "invitation")
    assert one not in others | {mail_id("batch", EMAIL, Reactivation.__name__)}
    assert message_id(one, "usher.example") == f"<{one}@usher.example>"
