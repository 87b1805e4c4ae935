"""The event of a company: its name changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompanyNamed:
    """The company is called so from now on."""

    name: str
