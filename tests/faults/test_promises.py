"""Each promise notices what it is about: evidence of a good run, and one thing in it that is not so."""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from msgspec import structs

from services.licensing.domain.user.events import UserInvited, UserPermissionsChanged
from services.licensing.domain.user.state import Access, Active
from services.upload.domain.batch.events import BatchCompleted, Person
from services.upload.domain.seat_wait.events import WaitingBatchJudged
from shared.people.origins import SCIM
from tests.faults.admin import Hook, Ledger
from tests.faults.evidence import Evidence, Message
from tests.faults.faults import BY_NAME
from tests.faults.mail import Copy
from tests.faults.promises import broken
from tests.faults.runner import FaultRunner

Spoil = Callable[[Evidence], None]


@pytest.fixture(scope="module")
def good(seed: str) -> Iterator[Evidence]:
    """What a run without a fault leaves behind."""
    runner = FaultRunner()
    assert runner.run(BY_NAME["none"], seed).broken == {}
    assert runner.seen is not None
    yield runner.seen
    runner.close()


def _of_type(messages: Sequence[Message], type_: str) -> int:
    return max(n for n, message in enumerate(messages) if message.type == type_)


def _say(type_: str, **data: Any) -> Spoil:
    """The last message of a type says something else."""

    def spoil(seen: Evidence) -> None:
        place = _of_type(seen.messages, type_)
        message = seen.messages[place]
        seen.messages[place] = replace(message, value=json.dumps(message.data | data).encode())

    return spoil


def _head(type_: str, **headers: str) -> Spoil:
    """The last message of a type has another header."""

    def spoil(seen: Evidence) -> None:
        place = _of_type(seen.messages, type_)
        message = seen.messages[place]
        seen.messages[place] = replace(message, headers={**message.headers, **headers})

    return spoil


def _strip_the_last(seen: Evidence) -> None:
    """Somebody who was there is granted the permission, and loses it again."""
    log = seen.logs["licensing"]
    user = next(recorded for recorded in reversed(log) if isinstance(getattr(recorded.event, "after", None), Active))
    manages = structs.replace(user.event.after, access=Access(permissions=("manage_users",)))
    for event in (
        UserPermissionsChanged(manages, (), None),
        UserPermissionsChanged(structs.replace(manages, access=Access()), ("manage_users",), None),
    ):
        log.append(structs.replace(user, event=event))


def _judge_unmailed(seen: Evidence) -> None:
    """A batch has waited for licenses, and was checked again: its admin is not told."""
    log = seen.logs["upload"]
    known = next(recorded for recorded in reversed(log) if isinstance(recorded.event, BatchCompleted))
    admin = Person("nobody", "nobody@acme.example", "Nobody")
    batch_id = known.stream.removeprefix("batch-")
    judged = WaitingBatchJudged(str(uuid4()), batch_id, 2, "ready_for_review", 1, 0, 0, "people.xlsx", (admin,))
    log.append(structs.replace(known, event=judged))


def _lose_message(seen: Evidence) -> None:
    del seen.messages[_of_type(seen.messages, "UserInvited")]


def _invite_twice(seen: Evidence) -> None:
    log = seen.logs["licensing"]
    log.append(next(recorded for recorded in reversed(log) if isinstance(recorded.event, UserInvited)))


def _copy_again(seen: Evidence) -> None:
    seen.mails.append(seen.mails[0])


def _lose_mail(seen: Evidence) -> None:
    del seen.mails[0]


def _mail_unconfirmed(seen: Evidence) -> None:
    emails = (email for admin in seen.admins for file in admin.done.unconfirmed.values() for email in file.invites)
    seen.mails.append(Copy(next(emails), "<x@usher.example>", ""))


def _address_of_another(seen: Evidence) -> None:
    seen.mails[0] = replace(seen.mails[0], text=f"Ask {seen.admins[0].admin} or {seen.admins[1].admin}")


def _differ(seen: Evidence) -> None:
    seen.differences["licensing.team"] = {"users": 1}


def _leave_job(seen: Evidence) -> None:
    seen.rows["validation"]["jobs"] = [{"kind": "validate", "key": "x"}]


def _forget_person(seen: Evidence) -> None:
    seen.rows["validation"]["people"] = seen.rows["validation"]["people"][1:]


def _count_delivery_twice(seen: Evidence) -> None:
    first, *rest = seen.rows["upload"]["deliveries"]
    seen.rows["upload"]["deliveries"] = [first | {"sent": first["sent"] + 1}, *rest]


def _move_manager(seen: Evidence) -> None:
    first, *rest = seen.rows["licensing"]["managers"]
    seen.rows["licensing"]["managers"] = [first | {"manager": "moved@acme.example"}, *rest]


def _lose_completion(seen: Evidence) -> None:
    del seen.messages[_of_type(seen.messages, "BatchCompleted")]


def _register(seen: Evidence) -> None:
    seen.admins[0] = copy(seen.admins[0])
    seen.admins[0].done = replace(seen.admins[0].done, webhooks=[Hook("/nobody", datetime.min.replace(tzinfo=UTC))])


def _turn_the_invited_away(seen: Evidence) -> None:
    _tell_a_directory(seen, Ledger(turned_away={"there@acme.example"}))


def _create_nobody(seen: Evidence) -> None:
    _tell_a_directory(seen, Ledger(created={"nobody@acme.example"}))


def _tell_a_directory(seen: Evidence, done: Ledger) -> None:
    """A directory of the first admin's company has invited one user, and was told something."""
    admin = seen.admins[0] = copy(seen.admins[0])
    admin.done = replace(admin.done, created=done.created, turned_away=done.turned_away)
    log = seen.logs["licensing"]
    known = next(r for r in log if isinstance(r.event, UserInvited) and r.context.company_id == admin.id)
    profile = structs.replace(known.event.after.profile, email="there@acme.example")
    invited = structs.replace(known.event, after=structs.replace(known.event.after, profile=profile))
    log.append(structs.replace(known, event=invited, context=replace(known.context, origin=SCIM)))


def _keep_silent(seen: Evidence) -> None:
    seen.admins[0] = copy(seen.admins[0])
    seen.admins[0].done = replace(seen.admins[0].done, silent={"nobody@reminded.example"})


def _see_500(seen: Evidence) -> None:
    seen.admins[0] = copy(seen.admins[0])
    seen.admins[0].refused = ["GET /: 500"]


SPOILED: list[tuple[str, Spoil]] = [
    ("seats_on_kafka_are_never_over_allocated", _say("LicensesReserved", occupied=9, purchased=8)),
    ("every_confirmed_user_is_invited_once", _invite_twice),
    ("every_confirmed_user_is_invited_once", _lose_message),
    ("every_invited_user_gets_their_mail", _copy_again),
    ("every_invited_user_gets_their_mail", _lose_mail),
    ("exactly_one_completion", _lose_completion),
    ("completions_count_rightly", _say("BatchCompleted", emails_sent=1)),
    ("who_bounced_is_told_once", _head("InvitationSent", ce_type="usher.InvitationBounced.v1")),
    ("who_is_silent_is_reminded_and_nobody_else", _head("InvitationSent", ce_type="usher.InvitationReminded.v1")),
    ("who_is_silent_is_reminded_and_nobody_else", _keep_silent),
    ("webhooks_are_told_everything", _register),
    ("who_waited_is_told_once", _judge_unmailed),
    ("nothing_unconfirmed_is_mailed", _mail_unconfirmed),
    ("an_active_admin_remains", _strip_the_last),
    ("directories_are_told_what_is_so", _turn_the_invited_away),
    ("directories_are_told_what_is_so", _create_nobody),
    ("what_is_committed_is_published_and_nothing_else", _lose_message),
    ("what_is_committed_is_published_and_nothing_else", _head("UserInvited", ce_id="never committed")),
    ("what_is_committed_is_published_and_nothing_else", _say("UserInvited", title="another")),
    ("every_key_is_in_order", _head("UserInvited", ce_sequence="1")),
    ("nothing_crosses_companies", _say("UserInvited", company_id="another")),
    ("nothing_crosses_companies", _say("UserInvited", reports_to="boss@c01234567.example")),
    ("nothing_crosses_companies", _address_of_another),
    ("every_projection_equals_its_rebuild", _differ),
    ("every_reader_knows_what_was_said", _forget_person),
    ("every_reader_knows_what_was_said", _count_delivery_twice),
    ("everybody_is_said_to_report_to_who_they_do", _move_manager),
    ("everything_is_finished", _leave_job),
    ("nobody_saw_an_error_of_ours", _see_500),
]


@pytest.mark.parametrize(("promise", "spoil"), SPOILED)
def test_a_promise_notices(promise: str, spoil: Spoil, good: Evidence) -> None:
    spoiled = replace(
        good,
        admins=[*good.admins],
        messages=[*good.messages],
        mails=[*good.mails],
        logs={name: [*log] for name, log in good.logs.items()},
        differences={**good.differences},
        rows={name: {**answers} for name, answers in good.rows.items()},
    )
    spoil(spoiled)
    assert promise in broken(spoiled)
