"""So many calls a key in a minute, evenly regained; a 429 says when to come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from shared.http import rate_limit
from shared.http.problems import Problem
from shared.http.rate_limit import RateLimit, caller


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, key: str = "a") -> bool:
    try:
        limit.take(key)
    except Problem as refused:
        assert (refused.status, refused.code) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) >= 1
        return False
    return True


def test_a_minutes_calls_at_once_and_then_one_at_a_time() -> None:
    clock = Clock()
    limit = RateLimit("Wait.", 6, clock)
    assert [taken(limit) for _ in range(8)] == [True] * 6 + [False] * 2
    clock.now += 10
    assert [taken(limit), taken(limit)] == [True, False]


def test_whoever_comes_back_when_told_is_served() -> None:
    clock = Clock()
    limit = RateLimit("Wait.", 7, clock)
    while taken(limit):
        pass
    with pytest.raises(Problem) as refused:
        limit.take("a")
    clock.now += int(refused.value.headers["Retry-After"])
    assert taken(limit)


def test_others_are_not_kept_waiting() -> None:
    limit = RateLimit("Wait.", 1, Clock())
    assert taken(limit)
    assert not taken(limit)
    assert taken(limit, "b")


def test_made_up_keys_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "_MOST_KEYS", 2)
    limit = RateLimit("Wait.", 1, Clock())
    assert all(taken(limit, key) for key in "abc")
    assert [taken(limit, "c"), taken(limit, "a")] == [False, True], "the oldest is forgotten, the newest is not"


@given(st.integers(1, 30), st.lists(st.floats(0, 90), max_size=60))
def test_never_more_than_twice_the_limit_in_any_minute(per_minute: int, pauses: list[float]) -> None:
    clock, served = Clock(), list[float]()
    limit = RateLimit("Wait.", per_minute, clock)
    for pause in pauses:
        clock.now += pause
        served += [clock.now for _ in range(per_minute + 1) if taken(limit)]
    assert all(sum(start <= at < start + 60 for at in served) <= 2 * per_minute for start in served)


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("a socket", "a socket"),
    ],
)
def test_an_ipv6_network_counts_as_one(host: str, key: str) -> None:
    assert caller(HTTPConnection({"type": "http", "client": (host, 1), "headers": []})) == key
