"""What a cell holds, without what nobody sees."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.people.text import clean, clean_address, fold, harmless, has_illegal, searched, words_searched

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
        ("An\u2063n\u2064", "Ann"),
        ("Ann\r\nLee", "Ann Lee"),
        ("Ann \t\n Lee", "Ann Lee"),
        ("\nAnn\t", "Ann"),
        ("Ann  Lee", "Ann Lee"),
        ("Human\u00a0Resources", "Human Resources"),
        ("Human\u2009Resources", "Human Resources"),
        ("山田\u3000太郎", "山田 太郎"),
        ("Ann \u00a0\u200b \u202f Lee", "Ann Lee"),
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
def test_surrounding_space_goes_and_space_of_any_kind_is_one_plain_space(text: str, wanted: str) -> None:
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


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63")
@pytest.mark.parametrize("apostrophe", "'\u2019\u2018\u02bc\u00b4`\u2032\uff07")
def test_hyphens_and_apostrophes_of_any_kind_compare_alike(hyphen: str, apostrophe: str) -> None:
    assert fold(f"O{apostrophe}NEIL{hyphen}Smith") == "o'neil-smith"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Zoë  Müller", "zoe muller"),
        ("Zoe\u0308", "zoe"),
        ("Łukasz Đặng", "lukasz dang"),
        ("SØREN", "soren"),
        ("O’Brien–Ávila", "o'brien-avila"),
        ("Straße", "strasse"),
        ("ガブリエル", "ガブリエル"),
        ("한국", "한국"),
        ("Ηλίας Йован", "ηλιασ иован"),
    ],
)
def test_accents_do_not_count_when_searching(text: str, form: str) -> None:
    assert searched(text) == form


@pytest.mark.parametrize(
    ("text", "words"),
    [("Lee, Ann", ["lee", "ann"]), ("ann  ann", ["ann"]), ("", [""]), (" , ", [","]), ("a@x.y", ["a@x.y"])],
)
def test_words_are_looked_for_in_any_order(text: str, words: list[str]) -> None:
    assert words_searched(text) == words


@given(ANYTHING)
def test_what_is_searched_is_found_by_itself(text: str) -> None:
    assert searched(searched(text)) == searched(text)
    assert all(word in searched(text) for word in words_searched(text))


@given(ANYTHING)
def test_what_was_made_harmless_has_nothing_illegal_and_is_clean(text: str) -> None:
    made = harmless(text)
    assert not has_illegal(made) and made == clean(made)
