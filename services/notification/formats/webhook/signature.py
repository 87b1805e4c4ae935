"""The headers of a delivery: Standard Webhooks' id, time and signatures."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

SECRET_BYTES = 24
"""A multiple of three, so that base64 needs no padding: libraries differ in whether they want it or refuse it."""
_PREFIX = "whsec_"


def secret_text(secret: bytes) -> str:
    """A secret as who receives deliveries gets it."""
    return _PREFIX + base64.b64encode(secret).decode()


class Signatures:
    """Signs with all secrets that are good at present: two of them while one takes the other's place."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._signers = [Webhook(secret_text(secret)) for secret in secrets]

    def headers(self, event_id: str, body: str, at: datetime) -> dict[str, str]:
        """The headers of one attempt, made at that time."""
        # The library takes an aware time's wall clock for UTC, so it is handed one that is.
        utc = at.astimezone(UTC)
        return {
            "webhook-id": event_id,
            "webhook-timestamp": str(int(utc.timestamp())),
            "webhook-signature": " ".join(signer.sign(event_id, utc, body) for signer in self._signers),
        }
