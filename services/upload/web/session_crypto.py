"""Session cryptography: what a browser session keeps is encrypted, and every form proves that it is ours (CSRF)."""

import base64
import hmac
from hashlib import sha256

from shared.core.sealing import Box, derived_key


class SessionCrypto:
    """Encrypts and signs (HMAC-SHA256) with keys derived from one secret, a key a purpose. What was encrypted and
    signed with `previous` counts as well: the secret before, while it is being replaced."""

    def __init__(self, secret: str, previous: str | None = None) -> None:
        self._box = Box(b"usher-web-session", secret, previous)
        self._csrf = [derived_key(each, b"usher-web-csrf") for each in (secret, previous) if each]

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """See Box."""
        return self._box.seal(plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """See Box."""
        return self._box.open(sealed, about)

    def form_token(self, session_id: str) -> str:
        """What the forms of a session carry: made from the session's id, which no other site can read."""
        return _signed(self._csrf[0], session_id)

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether a form of this session carries it."""
        return any(hmac.compare_digest(token.encode(), _signed(key, session_id).encode()) for key in self._csrf)


def _signed(key: bytes, session_id: str) -> str:
    return _text(hmac.digest(key, session_id.encode(), sha256))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
