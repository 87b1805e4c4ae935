"""One canonical example of each event and kind of row: for the documentation, and for tests to vary by one field."""

from __future__ import annotations

from usher_contracts import batches, directory, erasures, invitations, licenses, users, validations
from usher_contracts.base import Event
from usher_contracts.example_values import EMAIL, INVITED_AT, MANAGER, MANAGER_EMAIL, MARTA, USER
from usher_contracts.rows import Finding, Presumption, Row, RowValues, UndoRow
from usher_contracts.values import FieldChange, UserFieldChange

EXAMPLES: tuple[Event, ...] = (
    *batches.EXAMPLES,
    *validations.EXAMPLES,
    *licenses.EXAMPLES,
    *users.EXAMPLES,
    *directory.EXAMPLES,
    *invitations.EXAMPLES,
    *erasures.EXAMPLES,
)
"""In the order of `usher_contracts.EVENTS`."""

ROW = Row(
    row=7,
    outcome="change",
    email=EMAIL,
    values=RowValues(first_name="Yusuf", title="Senior AE", reports_to=MANAGER_EMAIL, custom_fields={"Site": "Oslo"}),
    warnings=(
        Finding(
            code="possible_typo",
            column="Email",
            message="northwnd.example is close to northwind.example.",
            value="yusuf.demir@northwnd.example",
            suggestion=EMAIL,
        ),
    ),
    changes=(FieldChange(field="title", from_="AE", to="Senior AE"),),
    presumes=Presumption(user_id=USER, version=1, manager_id=MANAGER, manager_status="active"),
)
"""A line of a rows object."""

UNDO_ROW = UndoRow(
    row=3,
    outcome="kept",
    user_id=USER,
    email=EMAIL,
    values=RowValues(first_name="Yusuf", last_name="Demir"),
    changes=(
        UserFieldChange(field="reports_to", from_=None, to=MANAGER_EMAIL, from_id=None, to_id=MANAGER),
        UserFieldChange(field="title", from_="VP", to="AE"),
    ),
    reason="changed_since",
    by=MARTA,
    at=INVITED_AT,
)
"""A line of an undo's rows object."""
