"""The rule of a company's name, which stands in its mails."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.company.commands import NameCompany
from services.notification.domain.company.events import CompanyNamed
from services.notification.domain.company.state import evolve
from shared.eventsourcing.decider import Decider


def decide(command: NameCompany, state: str | None) -> Sequence[CompanyNamed]:
    """Only a name that is new is an event."""
    return [CompanyNamed(command.name)] if command.name != state else []


COMPANY: Decider[NameCompany, str | None, CompanyNamed] = Decider(None, decide, evolve)
