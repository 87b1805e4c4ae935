"""./usher rebuild SERVICE PROJECTION: a projection from the events, while serving."""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.cli.common import DEFAULT_DATA, Data, Service, database_url, known
from deploy.local.options import StackError

if TYPE_CHECKING:
    from shared.event_store import EventStore
    from shared.projections import Rebuild

T = TypeVar("T")


def rebuild(
    service: Service,
    projection: Annotated[str, typer.Argument(help="The projection's name; a wrong one lists those that there are.")],
    data: Data = DEFAULT_DATA,
    check: Annotated[bool, typer.Option("--check", help="Only compare: exit 1 where a row differs.")] = False,
) -> None:
    """Rebuild a projection from the events, beside the live one, and swap: USHER_DATABASE_URL's, else the stack's."""
    url = database_url(known(service), data)
    if check:
        differences = asyncio.run(_with(service, projection, url, lambda rebuild: rebuild.differences(url)))
        print("\n".join(f"{table}: {rows} rows differ" for table, rows in differences.items()))
        raise SystemExit(1 if any(differences.values()) else 0)
    position = asyncio.run(_with(service, projection, url, lambda rebuild: rebuild.run(url)))
    print(f"{projection} of {service} is rebuilt, up to position {position} of the log.")


async def _with(service: str, projection: str, url: str, work: "Callable[[Rebuild[Any]], Awaitable[T]]") -> T:
    """Does `work` with the projection of that name in the service's own event store. Raises StackError."""
    import asyncpg

    from shared.projections import Rebuild, named

    app = import_module(f"services.{service}.app")
    pool = await asyncpg.create_pool(url, min_size=0, max_size=1)
    try:
        store: EventStore[Any] = app.event_store(pool)
        return await work(Rebuild(store, named(store.projections, projection)))
    except ValueError as error:
        raise StackError(str(error)) from None
    finally:
        await pool.close()
