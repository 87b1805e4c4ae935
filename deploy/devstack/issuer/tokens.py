"""The issuer's key and what its tokens say. `./usher token` signs with the same key, without asking the issuer."""

import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from deploy.devstack.issuer.people import Person

ALGORITHM = "ES256"
AUDIENCE = "usher"
CLIENT = "usher"
PLATFORM_SCOPE = "usher.platform"
IDENTITY_SCOPES = "openid profile email"
LIFETIME = 3600
REFRESH_LIFETIME = 30 * 24 * 3600
_KEY_FILE = "key.json"


def folder(data: Path) -> Path:
    """Where a data directory keeps what the issuer has."""
    return data / "issuer"


def load_key(data: Path) -> ECKey:
    """The signing key of a data directory, made at first use; readable by its owner alone."""
    path = folder(data) / _KEY_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        key = ECKey.generate_key("P-256", private=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": ALGORITHM}, file)
        with suppress(FileExistsError):  # who comes second takes the first one's
            os.link(fresh, path)
        fresh.unlink()
    return ECKey.import_key(json.loads(path.read_text()))


def public_keys(key: ECKey) -> dict[str, Any]:
    """The JWKS document."""
    return {"keys": [key.as_dict(private=False)]}


def scope_of(person: Person) -> str:
    """The scopes that a token for this person carries."""
    return f"{IDENTITY_SCOPES} {PLATFORM_SCOPE}" if person.platform else IDENTITY_SCOPES


def identity(person: Person) -> dict[str, Any]:
    """What every kind of token says about a person beside `sub`."""
    return {
        "email": person.email,
        "email_verified": True,
        "name": person.shown_name,
        "company_id": person.company_id,
        "permissions": list(person.permissions),
    }


def access_claims(person: Person, issuer: str, now: int, expires_in: int) -> dict[str, Any]:
    """An access token's claims as RFC 9068 has them, with ours. `expires_in` in seconds; negative: expired already."""
    return {
        "iss": issuer,
        "sub": person.subject,
        "aud": AUDIENCE,
        "client_id": CLIENT,
        "iat": min(now, now + expires_in),
        "exp": now + expires_in,
        "jti": secrets.token_urlsafe(16),
        "scope": scope_of(person),
        **identity(person),
    }


def sign(key: ECKey, claims: dict[str, Any], kind: str) -> str:
    """A signed JWT; `kind` is its `typ`, which keeps one kind of token from being taken for another."""
    return jwt.encode({"alg": ALGORITHM, "typ": kind, "kid": key.kid}, claims, key)


def access_token(key: ECKey, person: Person, issuer: str, expires_in: int = LIFETIME) -> str:
    """A token as the issuer gives it at the end of a sign-in."""
    return sign(key, access_claims(person, issuer, int(time.time()), expires_in), "at+jwt")
