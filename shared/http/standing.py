"""The check whether who holds a good token is still let in, by what a service knows beside what tokens say.

A token is believed until it ends, whatever became of its holder meanwhile. So each service that takes tokens asks its
own `Standing` (`app.state.standing`) at every request, and of each stream (shared/http/sse.py) as long as it lasts:
whoever changes somebody's standing notifies `sse.CHANNEL` with their company's id, in the same transaction.
"""

from typing import Protocol

from shared.http.problems import Problem


class Holder(Protocol):
    """Who holds a token, as its claims say."""

    @property
    def email(self) -> str: ...
    @property
    def company_id(self) -> str | None: ...


class Standing(Protocol):
    """What a service knows of people."""

    async def is_out(self, who: Holder) -> bool:
        """Whether who holds the token may nothing any more. Who is not known, or of no company, is not out."""
        ...

    def refusal(self) -> Problem:
        """The 403 for who is out."""
        ...


class NobodyKnown:
    """The standing in a service that knows nobody: tokens alone count."""

    async def is_out(self, who: Holder) -> bool:
        """Nobody is."""
        return False

    def refusal(self) -> Problem:
        """Nobody gets it."""
        raise AssertionError("nobody is out")


async def require(standing: Standing, who: Holder) -> None:
    """Raises the standing's own Problem 403 for who is out."""
    if await standing.is_out(who):
        raise standing.refusal()
