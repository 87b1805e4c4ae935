"""How a command finds what it works on: options that several share, the environment, a running development stack."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES

if TYPE_CHECKING:
    from shared.core.settings import KafkaSettings
    from shared.erasure.person import AddressDigests

DEFAULT_DATA = Path(".usher")
Data = Annotated[Path, typer.Option("--data", help="The stack's data directory.")]
Also = Annotated[Path | None, typer.Option("--data", help="The stack's data directory.")]
"""Behind a command's own words, too: whoever names the directory last means the same."""
Service = Annotated[str, typer.Argument(help="upload, licensing, validation or notification.")]


def known(service: str) -> str:
    """The service, if there is one of that name. Raises CommandError."""
    if service not in SERVICES:
        raise CommandError(f"There is no service {service!r}. The services are: {', '.join(SERVICES)}.")
    return service


def database_url(service: str, data: Path) -> str:
    """A service's database: what USHER_DATABASE_URL says, else that of the development stack on `data`."""
    from deploy.operate import endpoints

    return os.environ.get("USHER_DATABASE_URL") or str(endpoints.read(data)["postgres"][known(service)])


def kafka_settings(data: Path) -> "KafkaSettings":
    """How to reach Kafka: as a service is told by its environment, else as the stack on `data` runs."""
    from pydantic_settings import SettingsConfigDict

    from deploy.operate import endpoints
    from shared.core.settings import KafkaSettings

    class Told(KafkaSettings):
        model_config = SettingsConfigDict(env_prefix="USHER_", extra="ignore", env_ignore_empty=True)

    if os.environ.get("USHER_KAFKA_BOOTSTRAP_SERVERS"):
        return Told()
    return Told(kafka_bootstrap_servers=str(endpoints.read(data)["kafka"]["bootstrap"]))


def erasure_digests(data: Path) -> "AddressDigests":
    """By what the forgotten are known: under the key that a service is told by its environment, else that of the stack
    on `data`. Raises CommandError."""
    from shared.erasure.person import AddressDigests

    key = os.environ.get("USHER_ERASURE_KEY") or _key_of_stack(data)
    return AddressDigests(key, os.environ.get("USHER_ERASURE_KEY_PREVIOUS"))


def _key_of_stack(data: Path) -> str:
    try:
        return str(json.loads((data / "keys.json").read_text())["USHER_ERASURE_KEY"])
    except (OSError, ValueError, KeyError):
        raise CommandError(
            "Whoever is erased is known by a key: set USHER_ERASURE_KEY as the service has it."
        ) from None


def quiet() -> None:
    """What is logged on the way is not a command's answer: what fails is said in a sentence."""
    import logging
    import sys

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
