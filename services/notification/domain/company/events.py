"""The events of a company, as far as mails go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompanyNamed:
    """The company is called so from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class RemindersSwitched:
    """Who does not answer an invitation is reminded from now on, or not, where a batch does not say."""

    on: bool


CompanyEvent = CompanyNamed | RemindersSwitched
