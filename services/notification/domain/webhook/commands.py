"""The commands to a webhook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.notification.domain.webhook.events import Reason, Registrant


@dataclass(frozen=True, slots=True)
class Register:
    """Tell that address. `others`: how many webhooks its owner has already; `limit`: how many they may have."""

    url: str
    events: tuple[str, ...] | None
    description: str
    by: Registrant | None
    others: int
    limit: int


@dataclass(frozen=True, slots=True)
class Change:
    """It is to be so."""

    url: str
    events: tuple[str, ...] | None
    description: str


@dataclass(frozen=True, slots=True)
class Rotate:
    """A new secret."""


@dataclass(frozen=True, slots=True)
class SwitchOff:
    """Nothing is to be delivered any more."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """Deliver again."""


@dataclass(frozen=True, slots=True)
class Delete:
    """It is no longer wanted."""


WebhookCommand: TypeAlias = Register | Change | Rotate | SwitchOff | SwitchOn | Delete
