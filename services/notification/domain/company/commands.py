"""The command to a company."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameCompany:
    """The company is called so."""

    name: str
