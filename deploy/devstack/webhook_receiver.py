"""The receiver of webhooks that `./usher webhook-sink` runs."""

from collections.abc import Mapping, Sequence
from itertools import count

import orjson
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def make(secrets: Sequence[str], answer: int, fail_every: int) -> Starlette:
    """The receiver: it prints what comes, and answers `answer`, or 500 to every `fail_every`-th."""
    number = count(1)

    async def receive(request: Request) -> Response:
        body = await request.body()
        status = 500 if fail_every and next(number) % fail_every == 0 else answer
        print(f"{status} {_what(body)} ({signature(secrets, body, request.headers)})", flush=True)
        return Response(status_code=status)

    return Starlette(routes=[Route("/{path:path}", receive, methods=["POST"])])


def signature(secrets: Sequence[str], body: bytes, headers: Mapping[str, str]) -> str:
    """Whether one of the secrets has signed it, in words."""
    why = ""
    for each in secrets:
        try:
            Webhook(each).verify(body, dict(headers), json_parse=False)
            return "signature good"
        except WebhookVerificationError as error:
            why = str(error)
    return f"SIGNATURE BAD: {why}" if secrets else "signature not checked"


def _what(body: bytes) -> str:
    try:
        event = orjson.loads(body)
        return f"{event['type']} {event['id']} {orjson.dumps(event['data']).decode()}"
    except (ValueError, KeyError, TypeError):
        return "no CloudEvent"
