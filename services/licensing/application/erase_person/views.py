"""Views of My Team that they saved: they are an admin's own, so they go with them, shared ones too."""

from dataclasses import dataclass

import orjson

from services.licensing.application.erase_person.users import context_of
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.saved_views.commands import DeleteView
from services.licensing.domain.saved_views.decide import SAVED_VIEWS
from services.licensing.domain.stored_events import Event, saved_views_stream
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.state import Actor
from shared.erasure.documents import is_about
from shared.erasure.person import ERASED, Person
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class OwnViews:
    """What an admin saved for themselves and for others."""

    store: EventStore[Event]
    policy: InvitationPolicy
    name: str = "own_views"

    async def erase(self, pool: Pool, person: Person) -> int:
        """All in one transaction: an admin has fifty at most."""
        del pool
        return (await self.store.run(lambda tx: self._delete(tx, person))).result

    async def _delete(self, tx: Transaction[Event], person: Person) -> int:
        rows = await tx.conn.fetch(_VIEWS, person.company)
        theirs = [row for row in rows if is_about(orjson.loads(row["saved_by"]), person)]
        for row in theirs:
            company_id = row["company_id"]
            uow = UnitOfWork(tx, company_id, context_of(person, company_id), self.policy)
            views = await uow.load(SAVED_VIEWS, saved_views_stream(company_id, row["owner"]))
            if row["view_id"] in views.state.views:
                views.decide(DeleteView(company_id, row["view_id"], Actor(person.marker, ERASED)), uow.context)
                await uow.flush()
        return len(theirs)


_VIEWS = """
SELECT company_id, view_id, owner, saved_by FROM saved_views WHERE $1::uuid IS NULL OR company_id = $1 ORDER BY view_id
"""
