"""What notification knows of a company: its name, which stands in its mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.eventsourcing.decider import Decider


@dataclass(frozen=True, slots=True)
class CompanyNamed:
    """The company is called so from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class NameCompany:
    """The company is called so."""

    name: str


def decide(command: NameCompany, state: str | None) -> Sequence[CompanyNamed]:
    """Only a name that is new is an event."""
    return [CompanyNamed(command.name)] if command.name != state else []


def evolve(_: str | None, event: CompanyNamed) -> str | None:
    """The name it has after the event."""
    return event.name


COMPANY: Decider[NameCompany, str | None, CompanyNamed] = Decider(None, decide, evolve)
