"""A reader who is gone without a word: how soon that is noticed, which only the server beneath an answer arranges."""

from collections.abc import Callable

from starlette.types import Scope

_EXTENSION = "usher.lost_reader"


def offer(scope: Scope, arrange: Callable[[], None]) -> None:
    """The server can arrange it for the answer to this request."""
    scope.setdefault("extensions", {})[_EXTENSION] = arrange


def notice_soon(scope: Scope) -> None:
    """For an answer that goes on for long in small pieces: a reader who acknowledges nothing has left. Who is sent much
    at once may take their time, and acknowledges nothing then either. Without effect where nothing is offered."""
    if arrange := scope.get("extensions", {}).get(_EXTENSION):
        arrange()
