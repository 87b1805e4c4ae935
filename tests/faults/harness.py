"""A stack that can be hurt: its services reach Kafka, Postgres and SMTP by proxies, and die where they are told."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
from anyio.from_thread import BlockingPortal, start_blocking_portal

from deploy.devstack import parts
from deploy.devstack.kafka import Kafka
from deploy.devstack.options import BOUNCE_DOMAIN, HOST, Options, Overrides
from deploy.devstack.ports import HeldPorts
from deploy.devstack.stack import Stack
from deploy.operate.services import SERVICES
from tests.faults.mail import MailServer, well
from tests.faults.proxy import Mode, Proxy, listening
from tests.integration.notification.smtp import mail_server
from tests.stack import TestStack
from tests.webhook_receiver import Sink, sink

_CONTENTS_KEPT = timedelta(seconds=3)
"""Of mails after their end: so they go while everything else happens."""
REMINDED_AFTER = 8.0
"""Seconds after which who has not answered is reminded, where that is wanted; the second reminder takes its week."""
_REPLICA_PORT = 18
"""Counted from the stack's first port: behind those of its own replicas."""


class _ProxiedKafka(Kafka):
    """A broker that tells clients of the proxy to come by the proxy; whoever knows its own port goes straight."""

    proxied = 0
    behind = 0

    def _settings(self) -> dict[str, str | int]:
        settings = super()._settings()
        listeners, advertised = settings["listeners"], settings["advertised.listeners"]
        return settings | {
            "listeners": f"{listeners},PROXIED://{HOST}:{self.behind}",
            "advertised.listeners": f"{advertised},PROXIED://{HOST}:{self.proxied}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }


class FaultyStack(Stack):
    """The development stack with proxies between the services and everything else."""

    def __init__(
        self, options: Options, write: Callable[[str], None], held: HeldPorts, told: Mapping[str, str]
    ) -> None:
        super().__init__(options, write, held)
        base = options.ports.base
        self.kafka_proxy = Proxy(base + 16)
        self.postgres_proxy = Proxy(options.ports.postgres)
        self._told = told

    def brokers(self) -> list[Kafka]:
        """One behind a proxy; several as always, since clients are told where each is: these are hurt themselves."""
        if self.options.brokers > 1:
            return super().brokers()
        broker = _ProxiedKafka(self.options.data, self.options.ports)
        broker.proxied, broker.behind = self.kafka_proxy.port, self.kafka_proxy.target
        return [broker]

    def service_environment(self) -> dict[str, str]:
        """As always, but for the way to Kafka; and what this test tells every service."""
        environment = super().service_environment() | dict(self._told)
        if self.options.brokers == 1:
            environment["USHER_KAFKA_BOOTSTRAP_SERVERS"] = f"{HOST}:{self.kafka_proxy.port}"
        return environment

    def service_database(self, service: str) -> str:
        """As always, by the proxy; without it where there is a standby, which clients have to find themselves."""
        if self.options.standbys:
            return super().service_database(service)
        straight, proxied = f":{self.options.ports.postgres}/", f":{self.postgres_proxy.port}/"
        return super().service_database(service).replace(straight, proxied)

    async def _start_service(self, name: str, number: int, port: int, environment: dict[str, str]) -> None:
        if name == "notification":
            # The mail server of the faults sends back, too: see bouncing.py.
            environment = environment | {
                "USHER_BOUNCE_DOMAIN": BOUNCE_DOMAIN,
                "USHER_REMINDER_DAYS": str(REMINDED_AFTER / 86400),
            }
            if number == 1:
                environment["USHER_LMTP_PORT"] = str(self.options.ports.lmtp)
        await super()._start_service(name, number, port, environment)

    async def join(self, service: str) -> None:
        """Starts a second process of a service."""
        port = self.options.ports.base + _REPLICA_PORT
        await self._start_service(service, 2, port, self.service_environment())

    async def leave(self, service: str) -> None:
        """Ends the second process of a service."""
        await self._parts.pop(f"{service}-2").stop()


_Parts = tuple[FaultyStack, MailServer, Proxy, Sink, Proxy]


class Harness:
    """The stack as a test uses it: from a thread of its own."""

    def __init__(self, parts: _Parts, portal: BlockingPortal, crash: Path, lines: list[str], patience: float) -> None:
        stack, mail, smtp, self.receiver, webhook = parts
        self.stack = stack
        self.tests = TestStack(stack)
        self.mail = mail
        self.proxies = {"kafka": stack.kafka_proxy, "postgres": stack.postgres_proxy, "smtp": smtp, "webhook": webhook}
        self.crash_folder = crash
        self.lines = lines
        self.patience = patience
        self._portal = portal

    def pid(self, part: str) -> int:
        """The process that a part is now."""
        return int(self.tests.endpoints[part]["pid"])

    def broker_pid(self, number: int) -> int:
        """The process that a broker is now."""
        return self.stack.pids[self.stack.options.kafka_nodes()[number - 1].name]

    def signal(self, part: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Sends a part a signal, the next process of it where one has just ended; which process it was."""
        end = time.monotonic() + 60
        while True:
            pid = self.pid(part)
            try:
                os.kill(pid, number)
                return pid
            except ProcessLookupError:
                assert time.monotonic() < end, f"no process of {part} was started again"
                time.sleep(0.1)

    def network(self, to: str, mode: Mode) -> None:
        """From now on the way to `kafka`, `postgres`, `smtp` or `webhook` is like this."""
        self._portal.call(self.proxies[to].behave, mode)

    def cut(self, to: str) -> None:
        """Every connection on that way is cut, once."""
        self._portal.call(self.proxies[to].cut)

    def arm(self, point: str, service: str, spared: int = 0) -> Path:
        """The service's next process at this point dies, once it has passed it `spared` times; the file that is gone
        when it has."""
        file = self.crash_folder / f"{point}@{service}"
        file.write_text(str(spared))
        return file

    def restart_count(self) -> int:
        """How many processes were started again so far."""
        return sum("starting it again" in line for line in self.lines)

    def join(self, service: str) -> None:
        """A second replica of a service starts; returns when it is ready."""
        self._portal.call(self.stack.join, service)

    def leave(self, service: str) -> None:
        """The second replica of a service ends, in order."""
        self._portal.call(self.stack.leave, service)

    def wait_ready(self, seconds: float = 60) -> None:
        """Returns when every service says that it is ready. Raises AssertionError after `seconds`."""
        end = time.monotonic() + seconds
        for service in SERVICES:
            while not self._portal.call(parts.answers(f"{self.tests.url(service)}/readyz")):
                assert time.monotonic() < end, f"{service} is not ready {seconds:.0f} s after the fault ended"
                time.sleep(0.1)

    def busy(self) -> bool:
        """Whether a job waits, a mail is to be sent or an event to be published: a quick look before a thorough one."""
        return any(_left(self.stack.database_url(service), *_OPEN.get(service, ())) for service in SERVICES)

    def heal(self) -> None:
        """Takes every fault away: networks, habits of the mail server and of webhooks' receiver, crash points that were
        not reached."""
        for proxy in self.proxies:
            self.network(proxy, "pass")
        self.mail.script.clear()
        self.mail.habit, self.mail.late = well, 0.0
        self.receiver.answer = None
        for armed in self.crash_folder.iterdir():
            armed.unlink(missing_ok=True)


_OPEN: dict[str, tuple[LiteralString, ...]] = {
    "notification": ("SELECT FROM mail_jobs WHERE state IN ('queued', 'retry', 'ambiguous', 'sending')",)
}
_UNPUBLISHED = """
SELECT FROM commits WHERE first_position > (SELECT coalesce(max(position), 0) FROM checkpoints WHERE reader = 'relay')
"""


def _left(url: str, *questions: LiteralString) -> bool:
    with psycopg.connect(url) as connection:
        return any(connection.execute(q).fetchone() for q in ("SELECT FROM jobs", _UNPUBLISHED, *questions))


@asynccontextmanager
async def _everything(
    data: Path, write: Callable[[str], None], told: Mapping[str, str], **larger: int
) -> AsyncGenerator[_Parts]:
    async with AsyncExitStack() as entered:
        mail = MailServer()
        await entered.enter_async_context(mail_server(script=mail))
        smtp = await entered.enter_async_context(listening(Proxy(mail.port)))
        held = entered.enter_context(HeldPorts.choose())
        options = Options.create(data, held.base)
        options = replace(options, overrides=Overrides(smtp=f"smtp://{HOST}:{smtp.port}"), **larger)
        stack = FaultyStack(options, write, held, told)
        for proxy in (stack.kafka_proxy, stack.postgres_proxy):
            await entered.enter_async_context(listening(proxy))
        await entered.enter_async_context(stack)
        receiver = await entered.enter_async_context(sink())
        webhook = await entered.enter_async_context(listening(Proxy(receiver.port)))
        yield stack, mail, smtp, receiver, webhook


def last(lines: Sequence[str]) -> str:
    """The end of a log, without what was asked over HTTP."""
    return "\n".join([line for line in lines if "[shared.access]" not in line][-200:])


def running(tree: Path) -> dict[str, str]:
    """What makes a service run the code of another source tree."""
    # Without the present directory, which is this source tree, in front of the path.
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join((str(tree), str(tree / "shared" / "contracts")))}


@contextmanager
def harnessed(tree: Path | None = None, patience: float = 120, **larger: int) -> Generator[Harness]:
    """A harness on free ports and an empty data directory. `tree`: another source tree that its services run.
    `patience`: for how many seconds an admin waits for an end. `larger`: `brokers` of Kafka, `standbys` of
    Postgres. What it logged last is printed: pytest shows that on failure."""
    data = Path(tempfile.mkdtemp(prefix="usher-faults-"))
    crash = data / "crash-points"
    crash.mkdir()
    lines: list[str] = []
    try:
        with start_blocking_portal() as portal:
            told = {
                "USHER_CRASH_POINTS": str(crash),
                "USHER_MAIL_RETENTION_DAYS": str(_CONTENTS_KEPT / timedelta(days=1)),
                **(running(tree) if tree else {}),
            }
            everything = _everything(data, lines.append, told, **larger)
            with portal.wrap_async_context_manager(everything) as ready:
                yield Harness(ready, portal, crash, lines, patience)
    except BaseException:
        print(last(lines))
        raise
    finally:
        shutil.rmtree(data, ignore_errors=True)
