"""Signed ids: a token that proves who issued it, so that nothing secret has to be stored or sent in an event."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

_MAC_BYTES = 32
_ID_BYTES = 16
_LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True)
class Signer:
    """Turns an id into a token and back: base64url of the id's 16 bytes and their HMAC-SHA256.

    `keys`: the first signs, each one verifies; two stand here while a key is being replaced.
    `purpose` keeps tokens of different meaning apart under one key.
    """

    purpose: str
    keys: Sequence[bytes] = field(repr=False)

    @classmethod
    def of(cls, purpose: str, key: str, previous: str | None = None) -> Signer:
        """A signer with the present key and, during a rotation, the one before. The settings see to their length."""
        return cls(purpose, tuple(k.encode() for k in (key, previous) if k))

    def sign(self, identifier: UUID) -> str:
        """The token of an id: 64 characters that are safe in an address."""
        raw = identifier.bytes + self._mac(self.keys[0], identifier.bytes)
        return _encode(raw)

    def verify(self, token: str) -> UUID | None:
        """The id of a token that one of the keys signed, else None."""
        raw = _decode(token)
        if raw is None:
            return None
        identifier, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
        # Every key is compared, in constant time each: how long it takes tells nothing about which one fits.
        fits = [hmac.compare_digest(mac, self._mac(key, identifier)) for key in self.keys]
        return UUID(bytes=identifier) if any(fits) else None

    def _mac(self, key: bytes, identifier: bytes) -> bytes:
        return hmac.digest(key, self.purpose.encode() + b"\0" + identifier, sha256)


def _decode(token: str) -> bytes | None:
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        return None
    padded = token.encode() + b"=" * (-len(token) % 4)
    try:
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    # One way to write a token: Python takes + for -, and padding, and whatever bits the last character has too many.
    return raw if len(raw) == _ID_BYTES + _MAC_BYTES and _encode(raw) == token else None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
