"""./usher restore SERVICE check, resume: what Kafka knows and a restored log does not, and going on from there."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.operate.connections import DEFAULT_DATA, Also, Data, Service, database_url, kafka_settings, known, quiet
from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from shared.core.settings import KafkaSettings
    from shared.messaging.lost_events import LostEvent
    from shared.postgres.database import Connection

T = TypeVar("T")
_A_LINE_EACH = 1_000
"""Characters: whoever reads the table from a pipe has a line a message, however long its ids are."""
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines, for resume.")]
Lists = Annotated[list[Path], typer.Argument(metavar="FILE…", help="What check --json wrote, for every service.")]

app = typer.Typer(
    help="After a restore: what is on Kafka and not in the log, and going on.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def of_service(context: typer.Context, service: Service, data: Data = DEFAULT_DATA) -> None:
    """One restored service, which must not run: USHER_DATABASE_URL's and USHER_KAFKA_BOOTSTRAP_SERVERS', else the
    development stack's."""
    context.obj = (known(service), data)


@app.command("check")
def check(context: typer.Context, as_json: AsJson = False, data: Also = None) -> None:
    """List the service's messages on Kafka whose events its log does not have. Changes nothing."""
    from shared.messaging.lost_events import find_lost_events
    from usher_contracts.topics import owned_by

    service, _ = context.obj
    topics = owned_by(service)
    lost = _with_both(context, data, lambda connection, kafka: find_lost_events(connection, kafka, service, topics))
    if as_json:
        for event in lost:
            print(json.dumps(asdict(event), ensure_ascii=False))
    else:
        print_table(lost)


@app.command("resume")
def resume(context: typer.Context, lists: Lists, data: Also = None) -> None:
    """Make the service fit to start: its next position above all that Kafka has seen, its consumers where its database
    stands, and nothing of these lists applied. Doing it twice is the same as once."""
    from shared.erasure.restored import record_unknown
    from shared.messaging.restore import StillRunning
    from shared.messaging.restore import resume as do

    service, _ = context.obj
    lost = [event for path in lists for event in _read(path)]
    try:
        done = _with_both(context, data, lambda connection, kafka: do(connection, kafka, service, lost))
    except StillRunning as error:
        raise CommandError(str(error)) from None
    again = _with_both(context, data, record_unknown)
    print(f"{service}'s next event gets position {done.next_position}.")
    print(f"Consumers set back to the backup: {', '.join(done.set_back) or 'none, Kafka knows of none'}.")
    print(f"Events that no consumer of {service} will apply: {len({event.id for event in lost})}.")
    print(f"People who were erased since the backup, and will be again as {service} starts: {len(again)}.")
    for consumer, applied in done.applied.items():
        print(f"{consumer} had applied {len(applied)} of them before its backup was made:")
        print_table(applied)


def _read(path: Path) -> "list[LostEvent]":
    from shared.messaging.lost_events import LostEvent

    try:
        return [LostEvent(**json.loads(line)) for line in path.read_text().splitlines() if line]
    except (OSError, ValueError, TypeError) as error:
        raise CommandError(f"{path} is not what `check --json` writes ({type(error).__name__}).") from None


def _with_both(
    context: typer.Context, data: Path | None, work: "Callable[[Connection, KafkaSettings], Awaitable[T]]"
) -> T:
    import asyncpg
    from aiokafka.errors import KafkaError

    from shared.postgres.database import connect

    quiet()
    service, default = context.obj
    url, kafka = database_url(service, data or default), kafka_settings(data or default)

    async def run() -> T:
        try:
            connection = await connect(url, "usher restore")
        except (OSError, asyncpg.PostgresError) as error:
            raise CommandError(f"The service's database cannot be reached ({error}).") from error
        try:
            return await work(connection, kafka)
        except asyncpg.UndefinedTableError:
            raise CommandError(f"The schema is not up to date. Run ./usher migrate {service} first.") from None
        except KafkaError as error:
            raise CommandError(f"Kafka cannot be asked ({type(error).__name__}). Is it running?") from error
        finally:
            await connection.close()

    return asyncio.run(run())


def print_table(lost: "Sequence[LostEvent]") -> None:
    """The lost events as a table, or that there are none."""
    from rich.console import Console
    from rich.table import Table

    if not lost:
        print("Nothing: all that Kafka holds of the service is in its log.")
        return
    table = Table("sequence", "time", "type", "company", "stream", "topic", "partition", "offset", "id")
    for each in lost:
        place = (each.topic, str(each.partition), str(each.offset), each.id)
        table.add_row(str(each.sequence), each.time, each.type, each.company_id or "", each.stream, *place)
    Console(width=None if os.isatty(1) else _A_LINE_EACH).print(table)
