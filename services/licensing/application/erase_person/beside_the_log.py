"""What is kept beside the log and says who did something, put right in the transaction in which their events are."""

from collections.abc import Sequence

from services.licensing.domain.saved_views.events import BeginningChosen
from services.licensing.domain.saved_views.state import person as person_of
from services.licensing.domain.stored_events import Event
from services.licensing.read_models.activity.lines import by_of, who_is
from shared.erasure.person import Person
from shared.erasure.stored_events import Rewritten
from shared.postgres.database import Connection


async def tell_activity(conn: Connection, person: Person, rewritten: Sequence[Rewritten[Event]]) -> None:
    """By whom a line of the activity was done is found by a key that is made of their address."""
    del person
    moved = set[tuple[object, ...]]()
    for each in rewritten:
        before, after = by_of(each.before), by_of(each.after)
        if each.company_id is not None and before is not None and after is not None and before.email != after.email:
            keys = (who_is(each.company_id, by.email) for by in (before, after))
            moved.add((each.company_id, *keys))
    for company_id, was, now in moved:
        for table in ("activity", "batch_activity"):
            await conn.execute(f"UPDATE {table} SET who = $3 WHERE company_id = $1 AND who = $2", company_id, was, now)


async def tell_beginnings(conn: Connection, person: Person, rewritten: Sequence[Rewritten[Event]]) -> None:
    """The view that an admin begins with is kept by who they are to their issuer."""
    del person
    for each in rewritten:
        match each.before, each.after:
            case BeginningChosen(company_id, before), BeginningChosen(_, after) if person_of(before) != person_of(
                after
            ):
                await conn.execute(_MOVE, company_id, person_of(before), person_of(after))
            case _:
                pass


_MOVE = """
WITH was AS (DELETE FROM beginning_views WHERE company_id = $1 AND person = $2 RETURNING view_id)
INSERT INTO beginning_views (company_id, person, view_id) SELECT $1, $3, view_id FROM was
ON CONFLICT (company_id, person) DO UPDATE SET view_id = excluded.view_id
"""
