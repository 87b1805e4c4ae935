"""Commands of the company aggregate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameCompany:
    """The company is called so."""

    name: str
