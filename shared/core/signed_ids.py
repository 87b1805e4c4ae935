"""Signed ids: a token that proves who issued it, so that nothing secret has to be stored or sent in an event."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

_ID_BYTES = 16
_LONGEST_TOKEN = 128


class Form(NamedTuple):
    """How a token is written: so many bytes of the HMAC, as text, and back (which raises ValueError)."""

    mac_bytes: int
    encode: Callable[[bytes], str]
    decode: Callable[[str], bytes]


def _to_base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _from_base64(token: str) -> bytes:
    return base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)


def _to_base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()


def _from_base32(token: str) -> bytes:
    return base64.b32decode(token.upper() + "=" * (-len(token) % 8))


IN_LINKS = Form(32, _to_base64, _from_base64)
"""64 characters that are safe in an address of the web."""
IN_MAILBOXES = Form(16, _to_base32, _from_base32)
"""52 small letters and digits, which an address of mail can have before its @ (64 at most, RFC 5321) with something
before them; systems that change the case of addresses do it no harm."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Turns an id into a token and back: the id's 16 bytes and their HMAC-SHA256, in a ``form``.

    `keys`: the first signs, each one verifies; two stand here while a key is being replaced.
    `purpose` keeps tokens of different meaning apart under one key.
    """

    purpose: str
    keys: Sequence[bytes] = field(repr=False)
    form: Form = IN_LINKS

    @classmethod
    def of(cls, purpose: str, key: str, previous: str | None = None, form: Form = IN_LINKS) -> Signer:
        """A signer with the present key and, during a rotation, the one before. The settings see to their length."""
        return cls(purpose, tuple(k.encode() for k in (key, previous) if k), form)

    def sign(self, identifier: UUID) -> str:
        """The token of an id."""
        return self.form.encode(identifier.bytes + self._mac(self.keys[0], identifier.bytes))

    def verify(self, token: str) -> UUID | None:
        """The id of a token that one of the keys signed, else None."""
        raw = self._decode(token)
        if raw is None:
            return None
        identifier, mac = raw[:_ID_BYTES], raw[_ID_BYTES:]
        # Every key is compared, in constant time each: how long it takes tells nothing about which one fits.
        fits = [hmac.compare_digest(mac, self._mac(key, identifier)) for key in self.keys]
        return UUID(bytes=identifier) if any(fits) else None

    def _mac(self, key: bytes, identifier: bytes) -> bytes:
        return hmac.digest(key, self.purpose.encode() + b"\0" + identifier, sha256)[: self.form.mac_bytes]

    def _decode(self, token: str) -> bytes | None:
        if len(token) > _LONGEST_TOKEN or not token.isascii():
            return None
        try:
            raw = self.form.decode(token)
        except binascii.Error:
            return None
        # One way to write a token: Python takes + for -, padding, and whatever bits the last character has too many.
        return raw if len(raw) == _ID_BYTES + self.form.mac_bytes and self.form.encode(raw) == token else None
