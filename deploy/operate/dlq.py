"""./usher dlq SERVICE list, retry, drop: what could not be processed, and what to do with it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.operate.connections import DEFAULT_DATA, Also, Data, Service, database_url, known
from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from shared.messaging.dead_letters import DeadLetter
    from shared.postgres.database import Connection

T = TypeVar("T")
RETRY_LOOKS, RETRY_PAUSE = 150, 0.2  # half a minute
Ids = Annotated[list[int] | None, typer.Argument(metavar="ID…", help="Ids, as list shows them.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines.")]
All = Annotated[bool, typer.Option("--all", help="All of the service's.")]

app = typer.Typer(help="What could not be processed: list, retry, drop.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def of_service(context: typer.Context, service: Service, data: Data = DEFAULT_DATA) -> None:
    """Dead letters of one service: USHER_DATABASE_URL's, else the development stack's."""
    context.obj = (known(service), data)


@app.command("list")
def show(context: typer.Context, as_json: AsJson = False, data: Also = None) -> None:
    """Show what could not be processed, and how much waits behind each."""
    import json

    from shared.messaging import dead_letters

    letters = _with_connection(context, data, dead_letters.listed)
    if as_json:
        for letter in letters:
            print(json.dumps(asdict(letter), ensure_ascii=False))
    else:
        _print_table(letters)


@app.command("retry")
def retry(context: typer.Context, ids: Ids = None, everything: All = False, data: Also = None) -> None:
    """Apply these again, and then what waits behind them. Says which failed again."""
    from shared.messaging import dead_letters

    chosen = _chosen(ids, everything)

    async def work(connection: "Connection") -> "tuple[list[int], list[int], list[DeadLetter]]":
        asked = await dead_letters.retry(connection, chosen)
        left = asked
        for _ in range(RETRY_LOOKS):
            if not (left := await dead_letters.waiting(connection, asked)):
                break
            await asyncio.sleep(RETRY_PAUSE)
        return asked, left, await dead_letters.listed(connection)

    asked, left, remaining = _with_connection(context, data, work)
    failed = [letter for letter in remaining if letter.id in asked and letter.id not in left]
    print(f"Applied: {len(asked) - len(left) - len(failed)}. Failed again: {len(failed)}. Not tried yet: {len(left)}.")
    if failed:
        _print_table(failed)
    if left:
        print("The service takes them up when it runs.")
    if failed or left or _missing(ids, asked):
        raise SystemExit(1)


@app.command("drop")
def drop(context: typer.Context, ids: Ids = None, everything: All = False, data: Also = None) -> None:
    """Forget these for good; what waits behind them is applied next."""
    from shared.messaging import dead_letters

    chosen = _chosen(ids, everything)
    dropped = _with_connection(context, data, lambda connection: dead_letters.drop(connection, chosen))
    print(f"Dropped: {len(dropped)}.")
    if _missing(ids, dropped):
        raise SystemExit(1)


def _chosen(ids: list[int] | None, everything: bool) -> list[int] | None:
    if bool(ids) == everything:
        raise CommandError("Say which: ids as list shows them, or --all.")
    return ids or None


def _missing(ids: list[int] | None, found: list[int]) -> bool:
    missing = sorted(set(ids or ()) - set(found))
    if missing:
        print(f"There is no dead letter {', '.join(map(str, missing))}. Look at the list.")
    return bool(missing)


def _with_connection(context: typer.Context, data: Path | None, work: "Callable[[Connection], Awaitable[T]]") -> T:
    import asyncpg

    from shared.postgres.database import connect

    service, default = context.obj
    url = database_url(service, data or default)

    async def run() -> T:
        try:
            connection = await connect(url, "usher dlq")
        except (OSError, asyncpg.PostgresError) as error:
            raise CommandError(f"The service's database cannot be reached ({error}). Is the stack running?") from error
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def _print_table(letters: "list[DeadLetter]") -> None:
    from rich.console import Console
    from rich.table import Table

    if not letters:
        print("Nothing: all that came in was processed.")
        return
    table = Table("id", "consumer", "topic", "partition", "offset", "key", "type", "error", "parked")
    for letter in letters:
        table.add_row(*("" if value is None else str(value) for value in asdict(letter).values()))
    Console().print(table)
