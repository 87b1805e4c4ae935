"""The state of a company, as far as mails go."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.notification.domain.company.events import CompanyEvent, CompanyNamed


@dataclass(frozen=True, slots=True)
class Company:
    """Its name, None before it has one, and whether who does not answer is reminded."""

    name: str | None = None
    reminders: bool = False


def evolve(state: Company, event: CompanyEvent) -> Company:
    """The state after an event."""
    if isinstance(event, CompanyNamed):
        return replace(state, name=event.name)
    return replace(state, reminders=event.on)
