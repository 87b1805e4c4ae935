"""Rules of what an address is sent: invitations are mail to people who did not ask for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.licensing.domain.refusals import Refused

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an address may be sent an invitation: ``cooldown`` is the least time between two resends, ``a_day`` how
    many come in 24 hours at most, however they came about."""

    cooldown: timedelta
    a_day: int

    def since(self, at: datetime) -> datetime:
        """What was sent before does not matter at ``at``."""
        return at - max(DAY, self.cooldown)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a link is good, how often an address may be sent one, and how many a company may send in a day
    (settings)."""

    lifetime: timedelta
    pace: Pace
    invitations_a_day: int = 200_000


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What an address was sent of late, by whichever company, for whichever user: when, in order, and when it last was
    again what it had had before."""

    pace: Pace
    sent: tuple[datetime, ...] = ()
    again: datetime | None = None

    def take(self, at: datetime, *, again: bool) -> None:
        """One more invitation; ``again``: not the address's first. Raises Refused ``too_soon``."""
        free = [at]
        if again and self.again is not None:
            free.append(self.again + self.pace.cooldown)
        today = [sent for sent in self.sent if sent > at - DAY]
        if len(today) >= self.pace.a_day:
            free.append(today[-self.pace.a_day] + DAY)
        if (wait := max(free) - at) > timedelta():
            raise Refused("too_soon", seconds=int(wait.total_seconds()) + 1)
