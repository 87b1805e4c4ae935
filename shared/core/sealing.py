"""Sealing: what is kept in a database and is nobody's to read there is encrypted (AES-256-GCM)."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


def derived_key(secret: str, purpose: bytes) -> bytes:
    """A key of its own for each purpose that one secret serves."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret.encode())


class Box:
    """Seals with a key derived from `secret`, and opens what was sealed with it, or with the one before it."""

    def __init__(self, purpose: bytes, secret: str, previous: str | None = None) -> None:
        self._ciphers = [AESGCM(derived_key(each, purpose)) for each in (secret, previous) if each]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypted; `about` has to be the same on opening, so that a value cannot be moved to another row."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; None where no key of ours sealed it, about this."""
        found = (self._opened(n, sealed, about) for n in range(len(self._ciphers)))
        return next((plain for plain in found if plain is not None), None)

    def is_present(self, sealed: bytes, about: bytes) -> bool:
        """Whether it was sealed with the present key, and need not be sealed anew."""
        return self._opened(0, sealed, about) is not None

    def _opened(self, which: int, sealed: bytes, about: bytes) -> bytes | None:
        try:
            return self._ciphers[which].decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            return None
