"""Facts about what was refused. One company and day, one stream, whose length is how many are kept of that day."""

from uuid import UUID

from msgspec import Struct

from services.licensing.domain.refusals import Code
from services.licensing.domain.user.state import Actor

MOST_A_DAY = 1_000
"""Refused attempts of a company's admins that are kept of a day (UTC), and as many of its directory: they are there
for ever, and cost nobody anything."""


class AttemptRefused(Struct, frozen=True):
    """An admin, or the company's directory, asked for ``action``, and nothing was done. ``user_id`` where it was about
    one user, of ``users``."""

    action: str
    code: Code
    by: Actor
    user_id: UUID | None
    users: int
