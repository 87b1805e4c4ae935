"""Where licensing keeps something of people, and how it forgets somebody there."""

from dataclasses import replace

from services.licensing.application.erase_person.addresses import Addresses
from services.licensing.application.erase_person.beside_the_log import tell_activity, tell_beginnings
from services.licensing.application.erase_person.users import ListedUsers
from services.licensing.application.erase_person.views import OwnViews
from services.licensing.domain.stored_events import TYPES, Event
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from shared.erasure.common import COMMON, JOBS
from shared.erasure.place import Places
from shared.erasure.stored_events import StoredEvents
from shared.erasure.table_rows import TableRows
from shared.eventsourcing.event_store import EventStore

DELIVERIES = TableRows(table="deliveries", key=("invitation_id",), columns=("error",))
BATCH_ACTIVITY = TableRows(table="batch_activity", key=("id",), columns=("said",), json=("said",), before="at")
HEARD: Places = (replace(DELIVERIES, before="at"), BATCH_ACTIVITY)
"""What is kept of others' events, and rebuilt from them."""
TABLES = (
    DELIVERIES,
    BATCH_ACTIVITY,
    TableRows(table="users", key=("user_id",), columns=("invited_by",), json=("invited_by",)),
    TableRows(table="invitations", key=("invitation_id",), columns=("user_id", "email_key"), before="issued_at"),
    # Half a minute long they stand there.
    TableRows(table="undoable_actions", key=("id",), columns=("done_by", "touched"), json=("touched",), mentions=True),
    TableRows(table="saved_views", key=("view_id",), columns=("saved_by", "view"), json=("saved_by", "view")),
    TableRows(
        table="seat_requests",
        key=("request_id",),
        columns=("note", "asked_by", "comment"),
        json=("asked_by",),
        before="asked_at",
    ),
    TableRows(table="scim_tokens", key=("id",), columns=("made_by",), json=("made_by",), before="made_at"),
    TableRows(
        table="scim_users",
        key=("id",),
        columns=("user_id", "email_key", "profile", "external_id", "wanted_manager"),
        json=("profile",),
        before="created_at",
        delete=True,
    ),
    TableRows(table="erasures", key=("erasure_id",), columns=("reason", "asked_by"), json=("asked_by",)),
    JOBS,
    *COMMON,
)
"""Tables beside the log, by what stands in their rows."""


def places(store: EventStore[Event], policy: InvitationPolicy) -> Places:
    """All of them, in the order in which they are gone through: what is found by what the log says goes first."""
    return (
        ListedUsers(store, policy),
        OwnViews(store, policy),
        StoredEvents(TYPES, (tell_activity, tell_beginnings)),
        Addresses(),
        *TABLES,
    )
