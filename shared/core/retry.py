"""Trying again: which errors pass by themselves, and how long to wait before the next attempt."""

import random
from dataclasses import dataclass

import asyncpg
from aiokafka.errors import KafkaError

TRANSIENT = (OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What work in the background outlives: the network, Kafka or Postgres are not as they should be, and will be again.
(TimeoutError is an OSError. InternalClientError is what asyncpg says of a connection that the server has ended while
nothing was asked, if it is used before it is closed.) What may be told of it to a request or an event is judged where
these are answered."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with a cap: `first` seconds after the first attempt, doubled after each, `cap` at most.

    jitter: the part of each pause, from 0 to 1, that is random, so that those who failed together do not come back
    together.
    """

    first: float
    cap: float
    jitter: float = 0.0

    def pause(self, attempts: int) -> float:
        """Seconds to wait after so many attempts, from 1. The power is bounded: what fails for days must not end in a
        number that is none."""
        longest = min(self.cap, self.first * 2.0 ** min(attempts - 1, 60))
        return longest - random.uniform(0, self.jitter * longest) if self.jitter else longest
