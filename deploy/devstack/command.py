"""./usher dev: the development stack, until Ctrl-C."""

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.devstack.options import Options
from deploy.devstack.process import last_line
from deploy.operate.connections import DEFAULT_DATA, Data
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES

if TYPE_CHECKING:
    from deploy.devstack.stack import Stack

Ports = Annotated[int, typer.Option("--ports", min=1024, max=65000, help="The first port.")]


def dev(
    data: Data = DEFAULT_DATA,
    ports: Ports = 8000,
    replicas: Annotated[list[str] | None, typer.Option(metavar="SERVICE=N", help="Several of one; repeat.")] = None,
    permissions_from: Annotated[
        Literal["token", "directory"],
        typer.Option(envvar="USHER_PERMISSIONS_FROM", help="Who says what people may: their token, or Usher."),
    ] = "token",
    brokers: Annotated[int, typer.Option(help="How many Kafka brokers: 1, or 3 of which one may be lost.")] = 1,
    standbys: Annotated[
        int, typer.Option(min=0, max=1, help="1: a second Postgres that has every commit, and takes over.")
    ] = 0,
    no_seed: Annotated[bool, typer.Option("--no-seed", help="Begin without a company.")] = False,
) -> None:
    """Start Kafka, Postgres, a mailbox, an issuer and the four services, and keep them running."""
    options = Options.create(data, ports, read_replicas(replicas or ()))
    options = replace(options, permissions_from=permissions_from, brokers=read_brokers(brokers), standbys=standbys)
    run(options, seeded=not no_seed)


def read_replicas(given: Sequence[str]) -> dict[str, int]:
    """SERVICE=N, each. Raises CommandError."""
    read: dict[str, int] = {}
    for one in given:
        service, _, number = one.partition("=")
        if service not in SERVICES or not number.isdecimal() or not 1 <= int(number) <= 9:
            raise CommandError(
                f"--replicas {one} is not understood. Say SERVICE=N, such as validation=2, N from 1 to 9."
            )
        read[service] = int(number)
    return read


def read_brokers(given: int) -> int:
    """How many; an even number would bear no more losses than the one below it. Raises CommandError."""
    if given not in (1, 3, 5):
        raise CommandError(f"--brokers {given} is not possible. Say 1, or 3 or 5 of which one or two may be lost.")
    return given


def run(options: Options, seeded: bool) -> None:
    """Starts the stack and stays until Ctrl-C. Raises CommandError."""
    asyncio.run(until_told(options, lambda stack: _greet(stack, seeded)))


Then = Callable[["Stack"], Awaitable[bool]]


async def until_told(options: Options, then: Then, quiet: bool = False) -> None:
    """Starts the stack, does `then`, and stays until a signal, unless `then` answers that it was all; stops everything
    in order, whatever ends it. `quiet`: the parts' lines go to DATA/log.txt. Raises CommandError, and nothing else."""
    from deploy.devstack.stack import Stack

    told = _on_signal(_current_task())
    log = options.data / "log.txt"
    stack = Stack(options, _to_file(log) if quiet else say)
    try:
        say("Starting. The first time takes a minute or two, since Kafka is downloaded.")
        await stack.start()
        if not await then(stack):
            await asyncio.Event().wait()
    except OSError as error:
        raise CommandError(f"The stack could not go on: {error}. Look at the disk, then start again.") from error
    except CommandError:
        raise
    except Exception as error:
        _to_file(log, anew=False)("".join(traceback.format_exception(error)))
        what = f"{type(error).__name__}: {last_line(str(error).splitlines())}"
        raise CommandError(
            f"Something that was not expected went wrong ({what}). {log} has the details; start again, and report it "
            "with them if it comes back."
        ) from error
    finally:
        say("Stopping.")
        await stack.stop()
        if told:
            sys.stdout.flush()
            os._exit(0)  # a download under way in a thread is not waited for; the next start takes it up again


async def _greet(stack: "Stack", seeded: bool) -> bool:
    from deploy.devstack import seed
    from deploy.devstack.summary import summary

    if seeded:
        await seed.seed(stack)
    say(summary(stack))
    return False


def _to_file(path: Path, anew: bool = True) -> Callable[[str], None]:
    """Writes lines into a file that begins anew. The folder may not be there yet: nothing is written before a start."""

    def write(line: str) -> None:
        with suppress(OSError), path.open("a") as file:
            file.write(line + "\n")

    if anew:
        path.unlink(missing_ok=True)
    return write


def _current_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _on_signal(task: asyncio.Task[object]) -> list[int]:
    """Ends `task` at the first signal, the process at the second: then the kernel ends its children. The list fills."""
    told: list[int] = []

    def hear(number: int) -> None:
        told.append(number)
        if len(told) > 1:
            os._exit(130)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, hear, number)
    return told


def say(line: str) -> None:
    """Prints a line at once. A full disk or a closed terminal must not take the stack along."""
    with suppress(OSError, ValueError):
        print(line, flush=True)
