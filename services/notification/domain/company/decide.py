"""The rules of what mails need of a company."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.company.commands import CompanyCommand, NameCompany
from services.notification.domain.company.events import CompanyEvent, CompanyNamed, RemindersSwitched
from services.notification.domain.company.state import Company, evolve
from shared.eventsourcing.decider import Decider


def decide(command: CompanyCommand, state: Company) -> Sequence[CompanyEvent]:
    """Only what is new is an event."""
    if isinstance(command, NameCompany):
        return [CompanyNamed(command.name)] if command.name != state.name else []
    return [RemindersSwitched(command.on)] if command.on != state.reminders else []


COMPANY: Decider[CompanyCommand, Company, CompanyEvent] = Decider(Company(), decide, evolve)
