"""Commands of the company aggregate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameCompany:
    """The company is called so."""

    name: str


@dataclass(frozen=True, slots=True)
class SwitchReminders:
    """Who does not answer an invitation of the company is reminded from now on, or not."""

    on: bool


CompanyCommand = NameCompany | SwitchReminders
