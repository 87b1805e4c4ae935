"""./usher rebuild SERVICE PROJECTION: a projection from the events, while serving."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.operate.connections import (
    DEFAULT_DATA,
    Data,
    Service,
    database_url,
    erasure_digests,
    kafka_settings,
    known,
    quiet,
)
from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from shared.eventsourcing.rebuild_from_log import Rebuild
    from shared.messaging.rebuild_from_topics import RebuildFromTopics

T = TypeVar("T")


def rebuild(
    service: Service,
    projection: Annotated[str, typer.Argument(help="The projection's name; a wrong one lists those that there are.")],
    data: Data = DEFAULT_DATA,
    check: Annotated[bool, typer.Option("--check", help="Only compare: exit 1 where a row differs.")] = False,
    replays: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="TOPIC=NAME", help="A replay of a topic that no longer has its beginning."),
    ] = None,
) -> None:
    """Rebuild a projection from the events, beside the live one, and swap: USHER_DATABASE_URL's, else the stack's."""
    url = database_url(known(service), data)
    quiet()
    beside = dict(_pair(each) for each in replays or ())

    def over(work: "Callable[[Rebuild[Any] | RebuildFromTopics], Awaitable[T]]") -> T:
        return asyncio.run(_with(service, projection, url, data, beside, work))

    if check:
        differences = over(lambda rebuild: rebuild.differences(url))
        print("\n".join(f"{table}: {rows} rows differ" for table, rows in differences.items()))
        raise SystemExit(1 if any(differences.values()) else 0)
    events = over(lambda rebuild: rebuild.run(url))
    print(f"{projection} of {service} is rebuilt, from {events} events.")


def _pair(text: str) -> tuple[str, str]:
    topic, equals, name = text.partition("=")
    if not equals or not topic or not name:
        raise CommandError(f"{text} is no TOPIC=NAME.")
    return topic, name


async def _with(
    service: str,
    projection: str,
    url: str,
    data: Path,
    replays: Mapping[str, str],
    work: "Callable[[Rebuild[Any] | RebuildFromTopics], Awaitable[T]]",
) -> T:
    """Does `work` with the rebuild of that projection. Raises CommandError."""
    from shared.messaging.rebuild_from_topics import CannotRebuild

    async with _rebuild(service, projection, url, data, replays) as found:
        try:
            return await work(found)
        except CannotRebuild as error:
            raise CommandError(str(error)) from None


@asynccontextmanager
async def _rebuild(
    service: str, name: str, url: str, data: Path, replays: Mapping[str, str]
) -> "AsyncGenerator[Rebuild[Any] | RebuildFromTopics]":
    """Of one that is kept with the service's own log, or by what it hears from others. Raises CommandError."""
    import asyncpg

    from shared.erasure.rebuilt import forgetting
    from shared.eventsourcing.rebuild_from_log import Rebuild
    from shared.messaging.rebuild_from_topics import RebuildFromTopics
    from usher_contracts import parse

    heard = {model.name: model for model in _read_models(service)}
    if name in heard:
        places = import_module(f"services.{service}.application.erase_person").HEARD
        of_these = [place for place in places if place.name in heard[name].tables]
        forget = forgetting(of_these, erasure_digests(data))
        yield RebuildFromTopics(heard[name], parse, kafka_settings(data), replays, forget)
        return
    async with asyncpg.create_pool(url, min_size=0, max_size=1) as pool:
        main = import_module(f"services.{service}.main")
        store = main.event_store(pool)
        own = {projection.name: projection for projection in (*store.projections, *getattr(main, "FOLLOWING", ()))}
        if name not in own:
            names = ", ".join([*own, *heard]) or "none"
            raise CommandError(f"There is no projection {name!r} here. The projections are: {names}.")
        yield Rebuild(store, own[name])


def _read_models(service: str) -> Any:
    return getattr(import_module(f"services.{service}.main"), "READ_MODELS", ())
