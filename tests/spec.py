"""Tests of deciders in the words of the domain: given events, when a command, then events."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_dataclass
from typing import Any, Generic, TypeVar

import msgspec
import pytest

from shared.eventsourcing.decider import Decider

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")
T = TypeVar("T")


def replace(thing: T, **changes: Any) -> T:
    """Another with these fields changed, of a dataclass or a struct (`copy.replace` of later Pythons)."""
    how: Any = msgspec.structs.replace if isinstance(thing, msgspec.Struct) else replace_dataclass
    return how(thing, **changes)


@dataclass(frozen=True)
class Given(Generic[C, S, E]):
    """What has happened. ``when`` decides a command on it."""

    decider: Decider[C, S, E]
    history: Sequence[E]

    @property
    def state(self) -> S:
        return self.decider.fold(self.history)

    def when(self, command: C) -> "When[C, S, E]":
        return When(self, command)


@dataclass(frozen=True)
class When(Generic[C, S, E]):
    """A command on a history: ``then`` says which events it gives."""

    given: Given[C, S, E]
    command: C

    @property
    def events(self) -> list[E]:
        return list(self.given.decider.decide(self.command, self.given.state))

    def then(self, *expected: E) -> Given[C, S, E]:
        """Just these events; they are given for the next step."""
        assert self.events == list(expected)
        return Given(self.given.decider, [*self.given.history, *expected])

    def then_nothing(self) -> None:
        assert self.events == []

    def then_refused(self, error: type[Exception], **about: Any) -> None:
        """The command raises, and what it raises says ``about``."""
        with pytest.raises(error) as caught:
            self.given.decider.decide(self.command, self.given.state)
        for name, value in about.items():
            assert getattr(caught.value, name) == value

    def then_once(self) -> None:
        """Deciding the command again on what it gave gives nothing."""
        after = self.given.decider.fold(self.events, self.given.state)
        assert list(self.given.decider.decide(self.command, after)) == []


def given(decider: Decider[C, S, E], *history: E) -> Given[C, S, E]:
    return Given(decider, history)
