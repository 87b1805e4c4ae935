"""Reading what another service answers the frontend: its data, its refusals, or that it is away."""

from typing import Any

import httpx

from shared.http.problems import Problem, ProblemType, unavailable

_KNOWN = {"type", "title", "status", "detail", "code"}


async def ask(client: httpx.AsyncClient, away: ProblemType, method: str, path: str, **more: Any) -> Any:
    """The JSON of a call's answer, None where it has none. Raises the service's own Problem where it refuses, and
    `away` where it can't be reached or says what nobody understands."""
    try:
        answer = await client.request(method, path, **more)
    except httpx.HTTPError as error:
        raise unavailable(away) from error
    if answer.is_success:
        return answer.json() if answer.content else None
    raise refusal(answer, away)


def refusal(answer: httpx.Response, away: ProblemType) -> Problem:
    """The Problem that an answer is, with all that it says beside; `away` for a failure of the service."""
    try:
        document: Any = answer.json()
        code, detail = str(document["code"]), str(document.get("detail", ""))
    except (ValueError, KeyError, TypeError):
        return unavailable(away)
    extra = {name: value for name, value in document.items() if name not in _KNOWN}
    return Problem(answer.status_code, code, detail, **extra) if answer.status_code < 500 else unavailable(away)
