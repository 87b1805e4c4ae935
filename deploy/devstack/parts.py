"""The parts of a stack that are Python: what each is started with, and how it shows that it is ready."""

import os
import ssl
import sys

import httpx

from deploy.checkout import ROOT
from deploy.devstack.options import HOST, Options
from deploy.devstack.process import Command
from deploy.devstack.supervisor import Ready

_TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients that speak without TLS, to this machine. Of its own accord each would read all authorities: 40 ms."""


def http(port: int) -> str:
    """The address of a part on this machine."""
    return f"http://{HOST}:{port}"


def answers(url: str) -> Ready:
    """Ready when a GET of `url` answers 200."""

    async def ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False, verify=_TRUSTS_NOBODY) as client:
                return (await client.get(url)).status_code == 200
        except httpx.HTTPError:
            return False

    return ready


def _python(name: str, *arguments: str, environment: dict[str, str] | None = None) -> Command:
    paths = [str(ROOT), str(ROOT / "shared" / "contracts"), os.environ.get("PYTHONPATH", "")]
    found = {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    return Command(name, (sys.executable, "-m", *arguments), {**found, **(environment or {})})


def mailbox(options: Options) -> Command:
    """The SMTP sink and its inbox."""
    ports = (str(options.ports.smtp), str(options.ports.mailbox), str(options.lmtp_port))
    return _python("mailbox", "deploy.devstack.mailbox", str(options.data), *ports)


def issuer(options: Options) -> Command:
    """The development issuer."""
    given = (str(options.data), str(options.ports.issuer), options.kafka_bootstrap)
    return _python("issuer", "deploy.devstack.issuer", *given)


def service(name: str, number: int, port: int, environment: dict[str, str]) -> Command:
    """One process of a service."""
    label = name if number == 1 else f"{name}-{number}"
    return _python(label, f"services.{name}", environment={**environment, "USHER_PORT": str(port)})
