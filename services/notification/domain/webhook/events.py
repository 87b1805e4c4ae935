"""The events of a webhook. Its secrets are not among them: a log is for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Reason: TypeAlias = Literal["switched_off", "failing", "gone"]
"""Why it is off: somebody wanted that; it failed for days; it answered 410."""


@dataclass(frozen=True, slots=True)
class Registrant:
    """Who registered it; a program of the platform is nobody."""

    email: str
    name: str
    subject: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookRegistered:
    """From now on that address is told. `events`: the types that it wants, None for all."""

    url: str
    events: tuple[str, ...] | None
    description: str
    by: Registrant | None


@dataclass(frozen=True, slots=True)
class WebhookChanged:
    """It is so from now on."""

    url: str
    events: tuple[str, ...] | None
    description: str


@dataclass(frozen=True, slots=True)
class WebhookSecretRotated:
    """It has a new secret, its `number`th, counted from 1."""

    number: int


@dataclass(frozen=True, slots=True)
class WebhookSwitchedOff:
    """Nothing is delivered any more."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class WebhookSwitchedOn:
    """What happens from now on is delivered again."""


@dataclass(frozen=True, slots=True)
class WebhookDeleted:
    """It is no more."""


WebhookEvent: TypeAlias = (
    WebhookRegistered | WebhookChanged | WebhookSecretRotated | WebhookSwitchedOff | WebhookSwitchedOn | WebhookDeleted
)
