#!/usr/bin/env bash
# sse-starlette 3.7.0 (PyPI): EventSourceResponse(sep="\n") does not hold for ServerSentEvent objects.
#
# Behaviour: `sep` is documented as the stream's line separator. It is applied to dicts, strings and pings; a
#   ServerSentEvent that is yielded has its own, "\r\n" unless it is told otherwise. One stream then has both, and whoever
#   splits it at a blank line of the separator that they asked for joins events.
# Seen: [b'data: one\r\n\r\n', b'data: two\n\n']
# Source: sse_starlette/event.py, ensure_bytes: `if isinstance(data, ServerSentEvent): return data.encode()`, without sep;
#   sse_starlette/sse.py, docstring of EventSourceResponse: "sep: Line separator for SSE messages".
# What to do: give `sep` to each ServerSentEvent as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check sse-starlette==3.7.0
"$work/venv/bin/python" - <<'PYTHON'
import asyncio

from sse_starlette import EventSourceResponse, ServerSentEvent


async def events():
    yield ServerSentEvent(data="one")
    yield {"data": "two"}


async def main():
    sent = []

    async def send(message):
        sent.append(message.get("body"))

    async def receive():
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    await EventSourceResponse(events(), sep="\n")(scope, receive, send)
    return [body for body in sent if body]


sent = asyncio.run(main())
print(sent)
assert sent == [b"data: one\r\n\r\n", b"data: two\n\n"], "the behaviour has changed"
PYTHON
