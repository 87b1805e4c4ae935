"""A company and who is in it from the beginning, by the calls that a platform makes."""

from collections.abc import Mapping
from typing import Any

import httpx

from deploy.operate.errors import CommandError

SCOPE = "usher.platform"


async def provision(
    licensing: str, token: str, company_id: str, company: Mapping[str, Any], people: Mapping[str, Mapping[str, Any]]
) -> None:
    """Makes the company and its first people (profiles by address, with permissions) through the licensing service at
    that address; twice is the same as once. token: one with the scope usher.platform. Raises CommandError."""
    path = f"/api/v1/companies/{company_id}"
    calls = [(path, company), *((f"{path}/users/{email}", profile) for email, profile in people.items())]
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=licensing, headers=headers, timeout=30, trust_env=False) as client:
            for where, body in calls:
                answer = await client.put(where, json=body)
                if answer.is_error:
                    raise CommandError(f"PUT {where} answered {answer.status_code}: {answer.text[:500]}")
    except httpx.HTTPError as error:
        raise CommandError(f"Licensing at {licensing} cannot be asked ({type(error).__name__}).") from error


async def client_token(issuer: str, client: str, secret: str) -> str:
    """An access token for a program, by the client credentials grant (RFC 6749, 4.4). Raises CommandError."""
    asked = {"grant_type": "client_credentials", "scope": SCOPE}
    try:
        async with httpx.AsyncClient(timeout=30) as http:
            found = (await http.get(issuer.rstrip("/") + "/.well-known/openid-configuration")).raise_for_status().json()
            answer = await http.post(found["token_endpoint"], data=asked, auth=(client, secret))
            return str(answer.raise_for_status().json()["access_token"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        raise CommandError(
            f"The issuer {issuer} gives the client {client} no token for the scope {SCOPE}: {error}."
        ) from error
