"""Circles in the reporting graph, against a search that simply follows everyone as far as it goes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.people.graph import circles

PEOPLE = st.integers(0, 12)


def on_a_circle(person: int, managers: dict[int, int]) -> bool:
    at = person
    for _ in range(len(managers) + 1):
        if at not in managers:
            return False
        at = managers[at]
        if at == person:
            return True
    return False


@given(st.dictionaries(PEOPLE, PEOPLE), st.lists(PEOPLE))
def test_exactly_those_who_reach_themselves(managers: dict[int, int], extra: list[int]) -> None:
    found = circles([*managers, *extra], managers.get)
    assert set(found) == {person for person in managers if on_a_circle(person, managers)}
    for person, circle in found.items():
        assert person in circle and len(set(circle)) == len(circle)
        assert [managers[one] for one in circle] == [*circle[1:], circle[0]]


def test_only_what_can_be_reached_is_looked_at() -> None:
    managers = {"ann": "bob", "bob": "cyd", "x": "y", "y": "x"}
    asked: list[str] = []

    def manager(person: str) -> str | None:
        asked.append(person)
        return managers.get(person)

    assert circles(["ann"], manager) == {}
    assert asked == ["ann", "bob", "cyd"]


def test_a_chain_of_150_000_is_walked_once() -> None:
    length, asked = 150_000, 0

    def manager(person: int) -> int | None:
        nonlocal asked
        asked += 1
        return person + 1 if person + 1 < length else 0

    assert len(circles(range(length), manager)) == length
    assert asked == length
