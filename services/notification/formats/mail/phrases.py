"""Phrases that the texts of mails are made of."""

from __future__ import annotations

from datetime import datetime

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NOBODY = "An admin"
"""Who it was, where nobody is named."""


def date(moment: datetime) -> str:
    """A day as people write it: 18 December 2026."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def hello(name: str) -> str:
    """The greeting."""
    return f"Hello {name}," if name else "Hello,"


def named(name: str, email: str) -> str:
    """Who it is, with their address."""
    return f"{name} ({email})" if email and email != name else name


def called(name: str | None) -> str:
    """What the file is called."""
    return name or "your file"


def many(count: int, one: str, many: str) -> str:
    """A number with its word."""
    return f"{count} {one if count == 1 else many}"
