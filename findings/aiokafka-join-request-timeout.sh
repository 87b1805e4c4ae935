#!/usr/bin/env bash
# aiokafka 0.14.0: joining a group gets no more time than any other request, however long the group may take to assemble.
#
# Behaviour: a broker answers a JoinGroup request when the group's other members have come back, at the latest after the
#   rebalance timeout that the request itself names. Kafka's own client gives this one request that time and five seconds. aiokafka
#   gives it `request_timeout_ms`, as every other: where that is shorter than the others' heartbeat interval, so that a silent
#   broker is left soon, the member times out, drops its connection and joins anew, each time as somebody new to the broker.
# Seen: answered after 1.0 s: joined; answered after 3.0 s: timed out (request timeout 2 s, rebalance timeout 30 s)
# Source: aiokafka/conn.py, `AIOKafkaConnection.send` (one timeout a connection); Kafka's AbstractCoordinator, `sendJoinGroupRequest`
#   (`joinGroupTimeoutMs`), KAFKA-5570.
# What to do: give JoinGroup and SyncGroup a connection of their own with a timeout above the heartbeat interval.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check aiokafka==0.14.0
said=$(venv/bin/python - <<'PYTHON'
import asyncio, struct

from aiokafka.conn import create_conn
from aiokafka.protocol.group import JoinGroupRequest

API_VERSIONS, JOIN_GROUP = 18, 11


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def answer(key, correlation):
    if key == API_VERSIONS:  # no error, and of two requests the oldest version
        body = struct.pack(">hi", 0, 2) + b"".join(struct.pack(">hhh", key, 0, 0) for key in (API_VERSIONS, JOIN_GROUP))
    else:  # no error, generation 1, the protocol, the leader, this member, nobody else
        body = struct.pack(">hi", 0, 1) + text("range") + text("member") + text("member") + struct.pack(">i", 0)
    whole = struct.pack(">i", correlation) + body
    return struct.pack(">i", len(whole)) + whole


async def joined(after):
    """Whether a member joins whose broker answers so many seconds later."""

    async def broker(reader, writer):
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                key, _, correlation = struct.unpack(">hhi", (await reader.readexactly(size))[:8])
                if key == JOIN_GROUP:
                    await asyncio.sleep(after)
                writer.write(answer(key, correlation))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(broker, "127.0.0.1", 0) as server:
        connection = await create_conn("127.0.0.1", server.sockets[0].getsockname()[1], request_timeout_ms=2_000)
        try:
            request = JoinGroupRequest("group", 10_000, 30_000, "", "", "consumer", [("range", b"")])
            await connection.send(request)
            return "joined"
        except (asyncio.TimeoutError, TimeoutError):
            return "timed out"
        finally:
            connection.close()


async def main():
    print("; ".join([f"answered after {after:.1f} s: {await joined(after)}" for after in (1.0, 3.0)]))


asyncio.run(main())
PYTHON
)
echo "$said"
[ "$said" = "answered after 1.0 s: joined; answered after 3.0 s: timed out" ] || { echo "the behaviour has changed"; exit 1; }
