"""The state of a company: its name; None before it has one."""

from __future__ import annotations

from services.notification.domain.company.events import CompanyNamed


def evolve(_: str | None, event: CompanyNamed) -> str | None:
    """The name it has after the event."""
    return event.name
