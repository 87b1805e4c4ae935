"""What stays of a mail's content when its time is over."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest
from msgspec import structs

from services.notification.domain.mail.commands import Bounce
from services.notification.domain.mail.content import Content
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.events import MailBounced, MailQueued, MailSent, delivery
from services.notification.domain.mail.retention import without_words
from services.notification.domain.mail.state import NoMail
from services.notification.domain.stored_events import TYPES
from services.notification.read_models.mails.projection import CONTENT
from tests.unit.notification.examples import AT, EMAIL, MESSAGE_ID, POLICY, STORED, WITH_A_MESSAGE

CONTENTS = [event.content for event in STORED.values() if isinstance(event, MailQueued)]
CHOICES = {"kind", "reason"}
"""Of a few values that nobody wrote."""


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.kind)
def test_nothing_is_left_to_read(content: Content) -> None:
    assert list(words(msgspec.to_builtins(content)))
    assert not list(words(msgspec.to_builtins(without_words(content))))


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.kind)
def test_ids_times_numbers_and_choices_stay_and_lists_go(content: Content) -> None:
    before, after = flat(msgspec.to_builtins(content)), flat(msgspec.to_builtins(without_words(content)))
    for name, value in before.items():
        if not is_words(name, value) and not in_a_list(name):
            assert after[name] == value, name
    assert not any(map(in_a_list, after))


@pytest.mark.parametrize("content", CONTENTS, ids=lambda content: content.kind)
def test_it_is_stored_and_read_as_before_and_twice_is_once(content: Content) -> None:
    emptied = without_words(content)
    assert CONTENT.decode(msgspec.json.encode(emptied)) == emptied
    assert without_words(emptied) == emptied
    assert type(emptied) is type(content)


def test_a_mail_without_words_adds_up_to_the_same() -> None:
    decider = mail_decider(POLICY)
    queued = MailQueued(EMAIL, MESSAGE_ID, WITH_A_MESSAGE, AT)
    sent = MailSent(1, unconfirmed=False, error=None, delivery=delivery(queued))
    emptied = structs.replace(queued, content=without_words(queued.content))
    state = decider.evolve(decider.evolve(NoMail(), emptied), sent)
    assert delivery(emptied) == delivery(queued)
    [bounced] = decider.decide(Bounce("5.1.1", "no such mailbox", AT), state)
    assert bounced == MailBounced("5.1.1", "no such mailbox", AT, delivery(queued))
    assert TYPES.load(*TYPES.dump(emptied)) == emptied


def words(value: Any) -> list[tuple[str, str]]:
    return [(name, each) for name, each in flat(value).items() if is_words(name, each) and each]


def in_a_list(name: str) -> bool:
    return any(part.isdigit() for part in name.split("."))


def is_words(name: str, value: Any) -> bool:
    """Texts, but for ids, times and choices."""
    last = name.rpartition(".")[2]
    return isinstance(value, str) and last not in CHOICES and not last.endswith(("_id", "_at", "until"))


def flat(value: Any, name: str = "") -> dict[str, Any]:
    match value:
        case dict():
            parts = cast("dict[str, Any]", value).items()
        case list() | tuple() if value:
            parts = enumerate(cast("list[Any]", value))
        case _:
            return {name: value}
    return {inner: each for key, part in parts for inner, each in flat(part, f"{name}.{key}").items()}
