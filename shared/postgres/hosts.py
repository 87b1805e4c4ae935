"""Connecting to one of several servers: to the one that takes writes now, whichever that is (docs/decisions/0059).

asyncpg asks the hosts of a URL one after the other and has one timeout for all of them: behind a first one that says
nothing (its machine is gone) the second is never asked. So all of them are asked at once, and the first that is what
`target_session_attrs` wants is taken.
"""

import asyncio
from collections.abc import Sequence, Set
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched


def hosts_of(url: str) -> Sequence[str]:
    """The URL of each server that this one names, in its order."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{user}{at}{host}").geturl() for host in hosts.split(",")]


async def connect_to_any(url: str, **options: Any) -> Any:
    """A connection to the first server that answers and is what is wanted. Takes what `asyncpg.connect` does.

    Raises what asyncpg raises, of the last that failed; where some answer and none takes writes just now, that is a
    ConnectionError.
    """
    asking = {asyncio.ensure_future(asyncpg.connect(each, **options)) for each in hosts_of(url)}
    failed: list[BaseException] = []
    try:
        while asking:
            answered, asking = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            for one in answered:
                if (error := one.exception()) is None:
                    asking |= answered - {one}
                    return one.result()
                failed.append(error)
    finally:
        await _let_go(asking)
    raise next(
        (error for error in reversed(failed) if not isinstance(error, TargetServerAttributeNotMatched)),
        ConnectionError("none of the database's servers takes writes just now"),
    )


async def _let_go(asking: Set[asyncio.Task[Any]]) -> None:
    """Ends what is under way still, and connections that came second."""
    for each in asking:
        each.cancel()
    for found in await asyncio.gather(*asking, return_exceptions=True):
        if not isinstance(found, BaseException):
            found.terminate()
