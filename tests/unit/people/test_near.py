"""What a mistyped word or address was meant to be, and that asking has an end."""

from collections.abc import Collection

import pytest

from shared.people.near import Guesses, nearest_address, nearest_word

WORDS = {"engineering": "Engineering", "sales": "Sales", "finance": "Finance"}
PEOPLE = {text: text for text in ("callum.reid@x.example", "ann@x.example", "bob@x.example")}


@pytest.mark.parametrize(
    ("text", "meant"), [("enginering", "Engineering"), ("sale", "Sales"), ("scandinavia", None), ("", None)]
)
def test_words(text: str, meant: str | None) -> None:
    assert Guesses(WORDS, nearest_word).find(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("callum.read@x.example", "callum.reid@x.example"),
        ("calum.read@x.example", "callum.reid@x.example"),
        ("anna@x.example", "ann@x.example"),
        ("dana@x.example", None),
        ("zoe@y.example", None),
    ],
)
def test_addresses(text: str, meant: str | None) -> None:
    assert Guesses(PEOPLE, nearest_address).find(text) == meant


def test_nothing_is_known_and_nothing_is_guessed() -> None:
    assert Guesses({}, nearest_address).find("ann@x.example") is None


def test_the_number_of_guesses_is_bounded_by_what_there_is_to_look_at() -> None:
    looks = 0

    def nearest(text: str, known: Collection[str]) -> str | None:
        nonlocal looks
        looks += len(known)
        return None

    guesses = Guesses({str(n): "" for n in range(100_000)}, nearest)
    for n in range(1_000):
        assert guesses.find(f"wrong {n % 500}") is None
    assert looks == 1_000_000


def test_what_was_asked_before_costs_nothing() -> None:
    asked: list[str] = []

    def nearest(text: str, known: Collection[str]) -> str | None:
        asked.append(text)
        return "sales"

    guesses = Guesses(WORDS, nearest)
    assert [guesses.find("sale") for _ in range(5)] == ["Sales"] * 5 and asked == ["sale"]
    assert guesses.find("x" * 300) is None and asked == ["sale"]
