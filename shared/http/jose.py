"""What is asked of a signed token (JWT) before and beside its signature, of whatever kind it is."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

MOST_BRACKETS = 500
"""In each part of a token. A parser of JSON goes one call deeper with each that opens; a token that an issuer makes for
a person has some dozens."""

_OF_IDENTITIES = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
"""Claims that OpenID Connect has for identity tokens, and for those alone."""
_ACCESS = frozenset({"at+jwt", "application/at+jwt"})


def too_nested(token: str) -> bool:
    """Whether a part of the token might be deeper than a parser should be led."""
    return any(_brackets(part) > MOST_BRACKETS for part in token.split(".")[:2])


def _brackets(part: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return 0  # no token at all, as whoever decodes it will say
    return raw.count(b"[") + raw.count(b"{")


def is_identity(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Whether a token says who somebody is, and not what they may do: where audience and client have one name, nothing
    else tells the two apart. An issuer that follows RFC 9068 says it in the header; of the others Keycloak and Cognito
    say it in a claim, and what is left has claims that only identity tokens have."""
    kind = str(claims.get("typ") or claims.get("token_use") or "").lower()
    if kind in ("id", "refresh", "offline", "logout"):
        return True
    if str(header.get("typ", "")).lower() in _ACCESS or kind in ("bearer", "access"):
        return False
    return not _OF_IDENTITIES.isdisjoint(claims)
