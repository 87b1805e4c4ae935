"""What a cell holds, without what nobody sees."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.people.text import clean, clean_address, fold, harmless, has_illegal

ANYTHING = st.text(st.characters(categories=None), max_size=40) | st.text(
    "a B@.\t\n\u200b\u200d\u202e\u00a0mailto:é", max_size=30
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("  Ann ", "Ann"),
        ("\u00a0Ann\u2003", "Ann"),
        ("\u200bAnn\ufeff", "Ann"),
        ("An\u200bn", "Ann"),
        ("Ann\r\nLee", "Ann Lee"),
        ("Ann \t\n Lee", "Ann Lee"),
        ("\nAnn\t", "Ann"),
        ("Ann  Lee", "Ann  Lee"),
        ("Zoe\u0308", "Zoë"),
        ("0042", "0042"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\u202aAnn\u202c", "Ann"),
        ("a\u2028b", "a b"),
        ("", ""),
        ("\u3000", ""),
    ],
)
def test_surrounding_space_goes_and_breaks_become_one_space(text: str, wanted: str) -> None:
    assert clean(text) == wanted


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1bb", "a\x7f", "\x85a\x86b", "\u202eann", "ann\u202d", "a\u2066b", "a\ud800"]
)
def test_control_characters_and_overrides_are_found(text: str) -> None:
    assert has_illegal(clean(text))


@pytest.mark.parametrize(
    "text", ["Ann Lee", "Łukasz", "李", "👩\u200d💻", "می\u200cخواهم", "a\tb", "a\u200eb", "  x\n"]
)
def test_any_script_and_emoji_are_fine(text: str) -> None:
    assert not has_illegal(clean(text))


@pytest.mark.parametrize(
    "text",
    [
        "mailto:ann@x.example",
        "MAILTO: ann@x.example",
        " mailto:mailto:ann@x.example\u200b",
        "an\u200dn@x.example",
        "mailto:\u200dmailto:ann@x.example",
    ],
)
def test_an_address_loses_its_mailto_and_what_is_invisible(text: str) -> None:
    assert clean_address(text) == "ann@x.example"


def test_a_joiner_in_a_domain_stays_since_it_makes_another_domain() -> None:
    assert clean_address("a@نامه\u200cای.example") == "a@نامه\u200cای.example"


@given(ANYTHING)
@example("mail\u200dto:a@b")
@example("mailto:\u202a\u0301a@\u200d")
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    for normal in (clean, clean_address):
        once = normal(text)
        assert normal(once) == once
        assert unicodedata.is_normalized("NFC", once)
        assert once == once.strip(" \t\r\n\u00a0\u2028\u200b\ufeff\u200d")


@given(ANYTHING)
def test_case_and_surroundings_do_not_count_when_comparing(text: str) -> None:
    assert fold(f"\u00a0{text}\n") == fold(text)


@given(ANYTHING)
def test_what_was_made_harmless_has_nothing_illegal_and_is_clean(text: str) -> None:
    made = harmless(text)
    assert not has_illegal(made) and made == clean(made)
