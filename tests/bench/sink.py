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

from deploy.devstack.mailbox.smtp import Conversation, Take
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


class _Conversation(Conversation):
    """As the mailbox's, but for whether it says that it takes several commands at once (RFC 2920), as both do."""

    def __init__(self, take: Take, pipelining: bool) -> None:
        super().__init__(take)
        self._pipelining = pipelining

    def _answer(self, verb: str, rest: str) -> str:
        answer = super()._answer(verb, rest)
        if verb != "EHLO":
            return answer
        first, *offered = [line for line in answer.split("\r\n") if line[4:] != PIPELINING]
        return "\r\n".join([first, *([f"250-{PIPELINING}"] if self._pipelining else []), *offered])


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

    server = await asyncio.get_running_loop().create_server(lambda: _Conversation(take, pipelining), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(taken, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2] == PIPELINING))
