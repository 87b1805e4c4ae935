"""Keeps saved views, in the transaction of their events."""

from collections.abc import Sequence

import msgspec

from services.licensing.domain.saved_views.events import BeginningChosen, ViewChanged, ViewDeleted, ViewSaved
from services.licensing.domain.saved_views.state import person
from services.licensing.domain.stored_events import Event
from shared.eventsourcing.events import Recorded
from shared.people.text import fold
from shared.postgres.database import Connection


class SavedViewsProjection:
    """The tables `saved_views` and `beginning_views`."""

    name = "saved_views"
    tables: Sequence[str] = ("saved_views", "beginning_views")

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """One after the other: they are few."""
        for recorded in events:
            match recorded.event:
                case ViewSaved() | ViewChanged() as event:
                    view, by = event.view, event.by
                    await conn.execute(
                        _KEEP,
                        event.view_id,
                        event.company_id,
                        person(by),
                        _json(by),
                        view.name,
                        fold(view.name),
                        view.shared,
                        _json(view),
                    )
                case ViewDeleted() as event:
                    await conn.execute(_DELETE, event.company_id, event.view_id)
                    await conn.execute(_NOBODYS, event.company_id, event.view_id)
                case BeginningChosen(company_id, by, None):
                    await conn.execute(_FORGET, company_id, person(by))
                case BeginningChosen(company_id, by, view_id):
                    await conn.execute(_BEGIN, company_id, person(by), view_id)
                case _:
                    pass


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


_KEEP = """
INSERT INTO saved_views (view_id, company_id, owner, saved_by, name, name_key, shared, view)
VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8::jsonb)
ON CONFLICT (view_id) DO UPDATE
SET saved_by = excluded.saved_by, name = excluded.name, name_key = excluded.name_key, shared = excluded.shared,
    view = excluded.view
"""
_DELETE = "DELETE FROM saved_views WHERE company_id = $1 AND view_id = $2"
_NOBODYS = "DELETE FROM beginning_views WHERE company_id = $1 AND view_id = $2"
_FORGET = "DELETE FROM beginning_views WHERE company_id = $1 AND person = $2"
_BEGIN = """
INSERT INTO beginning_views (company_id, person, view_id) VALUES ($1, $2, $3)
ON CONFLICT (company_id, person) DO UPDATE SET view_id = excluded.view_id
"""
