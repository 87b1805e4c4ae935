"""How soon a service's Kafka clients turn to another broker, where one has stopped or has lost what it led.

A broker that is killed refuses connections, which is noticed at once. One that is stopped, or cut off, says nothing:
then the cluster gives what it led to others, after `broker.session.timeout.ms`, and these two times are how long a
client takes to hear of it (docs/decisions/0058).
"""

from typing import Final, TypedDict


class ClientTimeouts(TypedDict):
    """Arguments of aiokafka's clients."""

    request_timeout_ms: int
    metadata_max_age_ms: int


CLIENT_TIMEOUTS: Final = ClientTimeouts(
    # Without an answer for so long a connection is given up and the request made again, of whom it should be made then.
    # Nothing is said twice by it: the relay's producer is idempotent, and an open fetch request has its own patience.
    request_timeout_ms=2_000,
    # What is known of who leads what is not older.
    metadata_max_age_ms=3_000,
)
