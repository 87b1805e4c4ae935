"""A rate limit: so many calls in a minute and no more: 429 with `Retry-After` for what would be too many.

Counted in the process: with several replicas behind a balancer the limit holds for each. That is enough for what it is
for (a guesser is slowed, a loop does not take the service), and costs no request a round trip.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

from shared.http.problem_types import TOO_MANY_REQUESTS

_WINDOW = 60.0
_MOST_KEYS = 100_000
"""Keys remembered at most, the least recently used forgotten first: made-up keys must not fill the memory."""
_IPV6_SITE_BITS = 64
"""One subscriber's network (RFC 6177): whoever has an IPv6 address has 2^64 of them."""


class RateLimit:
    """A bucket for each key that holds `per_minute` calls and fills up again evenly within a minute (GCRA)."""

    def __init__(self, detail: str, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._detail = detail
        self._interval = _WINDOW / per_minute
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str) -> None:
        """One call of this key. Problem 429 where the bucket is empty; that call does not count."""
        now = self._clock()
        due = max(self._full_at.get(key, now), now) + self._interval
        if (wait := due - now - _WINDOW) > 1e-9:
            raise TOO_MANY_REQUESTS(detail=self._detail, headers={"Retry-After": str(math.ceil(wait))})
        self._full_at[key] = due
        self._full_at.move_to_end(key)
        if len(self._full_at) > _MOST_KEYS:
            self._full_at.popitem(last=False)


def caller(request: HTTPConnection) -> str:
    """Where a request comes from, as the key of a limit: an IPv4 address, or an IPv6 network."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS))
    return str(address)
