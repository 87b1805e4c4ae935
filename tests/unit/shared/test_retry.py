"""Trying again: pauses that grow and stay below a cap, and the errors that pass by themselves."""

import asyncio

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError
from hypothesis import given
from hypothesis import strategies as st

from shared.core.retry import TRANSIENT, Backoff

firsts = st.floats(0.01, 5)
caps = st.floats(5, 1_000)
attempts = st.integers(1, 1_000_000)


@given(firsts, caps, attempts)
def test_pauses_double_and_never_pass_the_cap(first: float, cap: float, attempt: int) -> None:
    backoff = Backoff(first, cap)
    before, after = backoff.pause(attempt), backoff.pause(attempt + 1)
    assert first <= before <= after <= cap
    assert after == cap or after == 2 * before


@given(firsts, caps, st.floats(0, 1), attempts)
def test_jitter_takes_its_part_of_a_pause_and_adds_none(first: float, cap: float, jitter: float, attempt: int) -> None:
    whole = Backoff(first, cap).pause(attempt)
    assert whole * (1 - jitter) - 1e-9 <= Backoff(first, cap, jitter).pause(attempt) <= whole


def test_those_who_failed_together_do_not_come_back_together() -> None:
    assert len({Backoff(1, 10, jitter=0.5).pause(3) for _ in range(50)}) > 40


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        KafkaConnectionError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.InterfaceError("the connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    ],
)
def test_what_the_surroundings_do_passes_by_itself(error: Exception) -> None:
    assert isinstance(error, TRANSIENT)


@pytest.mark.parametrize("error", [ValueError(), KeyError(), AssertionError(), asyncio.CancelledError()])
def test_a_mistake_of_ours_and_being_told_to_stop_do_not(error: BaseException) -> None:
    assert not isinstance(error, TRANSIENT)
