"""Session cryptography: what a browser session keeps is encrypted, and every form proves that it is ours (CSRF)."""

import base64
import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class SessionCrypto:
    """Encrypts (AES-256-GCM) and signs (HMAC-SHA256) with keys derived from one secret, a key a purpose."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_derive(secret, b"session"))
        self._csrf = _derive(secret, b"csrf")

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """Encrypted; `about` has to be the same on opening, so that a value cannot be moved to another row."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """What was sealed; None when it was not sealed with this key and about this."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
        except (InvalidTag, ValueError):
            return None

    def form_token(self, session_id: str) -> str:
        """What the forms of a session carry: made from the session's id, which no other site can read."""
        return _text(hmac.digest(self._csrf, session_id.encode(), sha256))

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether a form of this session carries it."""
        return hmac.compare_digest(token.encode(), self.form_token(session_id).encode())


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"usher-web-" + purpose).derive(secret.encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
