"""A limit that several services have: how many invitations a company may send in a day."""

from typing import Annotated

from pydantic import Field

INVITATIONS_PER_DAY = 200_000
InvitationsPerDay = Annotated[
    int,
    Field(
        ge=1,
        description="How many invitations one company may send in a day (UTC): by batches, and by forms and resends. "
        "What goes beyond it is refused before anything is done.",
    ),
]
"""The setting of the services through which invitations go, by default INVITATIONS_PER_DAY."""
