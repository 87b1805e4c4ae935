"""One command on one stream, in one transaction."""

from typing import TypeVar

from shared.decider import Decider
from shared.event_store import Committed, EventStore, Executed
from shared.events import Context

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


async def execute(
    store: EventStore[E], decider: Decider[C, S, E], stream: str, command: C, context: Context
) -> Committed[Executed[S, E]]:
    """Load, fold, decide, append, project, commit; again where somebody else was quicker.
    Raises what ``decide`` raises: a refusal that is answered, not recorded."""
    return await store.run(lambda tx: tx.execute(decider, stream, command, context))
