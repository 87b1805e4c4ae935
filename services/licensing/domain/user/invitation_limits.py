"""Rules of what an address is sent: invitations are mail to people who did not ask for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.licensing.domain.refusals import Refused

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AddressLimit:
    """How often an address may be sent an invitation: ``cooldown`` is the least time between two resends, ``per_day``
    how many come in 24 hours at most, however they came about."""

    cooldown: timedelta
    per_day: int

    def since(self, at: datetime) -> datetime:
        """What was sent before does not matter at ``at``."""
        return at - max(DAY, self.cooldown)


@dataclass(frozen=True, slots=True)
class InvitationPolicy:
    """How long a link is good, how often an address may be sent one, and how many a company may send in a day
    (settings)."""

    lifetime: timedelta
    address_limit: AddressLimit
    company_limit: int = 200_000


@dataclass(frozen=True, slots=True)
class RecentInvitations:
    """What an address was sent of late, by whichever company, for whichever user: when, in order, and when it last was
    again what it had had before."""

    limit: AddressLimit
    sent: tuple[datetime, ...] = ()
    again: datetime | None = None

    def check(self, at: datetime, *, again: bool) -> None:
        """One more invitation; ``again``: not the address's first. Raises Refused ``too_soon``."""
        free = [at]
        if again and self.again is not None:
            free.append(self.again + self.limit.cooldown)
        today = [sent for sent in self.sent if sent > at - DAY]
        if len(today) >= self.limit.per_day:
            free.append(today[-self.limit.per_day] + DAY)
        if (wait := max(free) - at) > timedelta():
            raise Refused("too_soon", seconds=int(wait.total_seconds()) + 1)
