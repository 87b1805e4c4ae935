"""A mail server in a process of its own that takes every mail and keeps none: python -m tests.bench.sink CORE OFFER.

OFFER is PIPELINING, or empty for a server that does not offer it.

It says its port on the first line, and with each line that it is sent the number of mails so far.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import uvloop

from deploy.devstack.mailbox.smtp import Conversation
from deploy.devstack.options import HOST

PIPELINING = "PIPELINING"


@dataclass(frozen=True)
class Sink:
    """The running sink."""

    port: int
    _in: IO[str]
    _out: IO[str]

    def count(self) -> int:
        """How many mails it has taken."""
        print(file=self._in, flush=True)
        return int(self._out.readline())


@contextmanager
def sink(core: int, pipelining: bool) -> Generator[Sink]:
    """The sink, pinned to a core; whether it offers PIPELINING."""
    command = (sys.executable, "-m", "tests.bench.sink", str(core), PIPELINING if pipelining else "")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield Sink(int(process.stdout.readline()), process.stdin, process.stdout)
        process.stdin.close()  # which ends it


async def _serve(core: int, pipelining: bool) -> None:
    os.sched_setaffinity(0, {core})
    taken = 0

    def take(sender: str, recipients: Sequence[str], message: bytes) -> None:
        nonlocal taken
        taken += 1

    server = await asyncio.get_running_loop().create_server(lambda: Conversation(take, pipelining=pipelining), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(taken, flush=True)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), sys.argv[2] == PIPELINING))
