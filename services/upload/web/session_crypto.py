"""Session cryptography: what a browser session keeps is encrypted, and every form proves that it is ours (CSRF)."""

import base64
import hmac
from hashlib import sha256

from shared.core.sealing import Box, derived_key


class SessionCrypto:
    """Encrypts and signs (HMAC-SHA256) with keys derived from one secret, a key a purpose."""

    def __init__(self, secret: str) -> None:
        self._box = Box(b"usher-web-session", secret)
        self._csrf = derived_key(secret, b"usher-web-csrf")

    def seal(self, plain: bytes, about: bytes) -> bytes:
        """See Box."""
        return self._box.seal(plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes | None:
        """See Box."""
        return self._box.open(sealed, about)

    def form_token(self, session_id: str) -> str:
        """What the forms of a session carry: made from the session's id, which no other site can read."""
        return _text(hmac.digest(self._csrf, session_id.encode(), sha256))

    def is_form_token(self, token: str, session_id: str) -> bool:
        """Whether a form of this session carries it."""
        return hmac.compare_digest(token.encode(), self.form_token(session_id).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
