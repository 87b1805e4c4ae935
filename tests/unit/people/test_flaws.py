"""What is said of a text that is no address: what is wrong with it, and what it was plainly meant to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.people.address import parse
from shared.people.flaws import flaw_of, repaired
from shared.people.model import CompanySettings
from shared.people.rules import Rules
from shared.people.text import clean_address

OWN = ("northwind.example", "tag123.example.com")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Ann Lee <ann@x.example>", "ann@x.example"),
        ("Ann Lee <mailto:ann@x.example>", "ann@x.example"),
        ("Ann Lee <ann@x.example>;", "ann@x.example"),
        ("Lee, Ann <ann@x.example>, ", "ann@x.example"),
        ("Ann Lee <ann@x.example> (work)", "ann@x.example"),
        ("Ann Lee (ann@x.example)", "ann@x.example"),
        ("Ann Lee [mailto:ann@x.example]", "ann@x.example"),
        ("Ann (bob@x) (ann@x.example)", None),
        ("ann@x (bob@x.example)", None),
        ("1. ann@x.example", "ann@x.example"),
        ("12) ann@x.example", "ann@x.example"),
        ("• ann@x.example", "ann@x.example"),
        ("– ann@x.example", "ann@x.example"),
        ("ann@x.example、", "ann@x.example"),
        ("ann @x.example", "ann@x.example"),
        ("ann@x .example", "ann@x.example"),
        ("ann@x.example;", "ann@x.example"),
        ("ann@@x.example", "ann@x.example"),
        ("ann@x,example", "ann@x.example"),
        ("ann(at)x.example", "ann@x.example"),
        ("lars@northwind", "lars@northwind.example"),
        ("o’neil@x.example", "o'neil@x.example"),
        ("o‘neil@x.example", "o'neil@x.example"),
        ("oʼneil@x.example", "o'neil@x.example"),
        ("ann–marie@x.example", "ann-marie@x.example"),
        ("ann@acme–corp.example", "ann@acme-corp.example"),
        ("ann@acme\u2011corp.example", "ann@acme-corp.example"),
        ("ann@acme—corp.example", "ann@acme-corp.example"),
        ("ann＠x.example", "ann@x.example"),
        ("ｏｎｅ＠x.example", "one@x.example"),
        ("ann﹫x.example", "ann@x.example"),
        ("“ann@x.example”", "ann@x.example"),
        ("‘ann@x.example’", "ann@x.example"),
        ("ann@x.example (work)", "ann@x.example"),
        ("ann@x.example(work)", "ann@x.example"),
        ("(work) ann@x.example", "ann@x.example"),
        ("ann@x.example [private]", "ann@x.example"),
        ("o’neil@x.example （work）", "o'neil@x.example"),
        ("ann@x.example?subject=Hello", "ann@x.example"),
        ("ann@x.example?Subject=Hi&cc=bob@x.example", "ann@x.example"),
        ("Email: ann@x.example", "ann@x.example"),
        ("SMTP:ann@x.example", "ann@x.example"),
        ("ann@x.example; ann@x.example", None),
        ("ann@x.example; bob@x.example", None),
        ("ann@x.example / bob@x.example", None),
        ("ann lee@x.example", None),
        ("ann@x.example work", None),
        ("ann@x.co m", None),
        ("jürgen@x.example", None),
        ("wim at nowhere", None),
        ("nobody", None),
        ("<" * 600, None),
    ],
)
def test_what_it_was_meant_to_be(text: str, meant: str | None) -> None:
    assert parse(clean_address(text)) is None
    assert repaired(clean_address(text), OWN) == meant


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("o’neil@x.example", "“’” (right single quotation mark) can’t stand in one"),
        ("ann@acme–corp.example", "“–” (en dash) can’t stand in one"),
        ("ann＠x.example", "“＠” (fullwidth commercial at) can’t stand in one"),
        ("jürgen@x.example", "“ü” (latin small letter u with diaeresis) can’t stand in one"),
        ("\u0430nn@x.example", "“\u0430” (cyrillic small letter a) can’t stand in one"),
        ("ann lee@x.example", "a space can’t stand in one"),
        ("ann@x.example (work)", "a space can’t stand in one"),
        ("ann@x.example?subject=Hi", "“?” can’t stand in one"),
        ("ann,lee@x.example", "“,” can’t stand in one"),
        ("ann@x_y.example", "“_” can’t stand in one"),
        ("ann@x.example; bob@x.example", "there are several in it, and one is wanted"),
        ("ann@x.example, bob@y.example", "there are several in it, and one is wanted"),
        ("ann@x.example、bob@y.example", "there are several in it, and one is wanted"),
        ("Ann <ann@x.example> Bob <bob@x.example>", "there are several in it, and one is wanted"),
        ("nobody", "there is no @ in it"),
        ("ann@@x.example", "there is more than one @ in it"),
        ("@x.example", "nothing stands before the @"),
        ("ann@", "nothing stands behind the @"),
        ("ann@northwind", "what is behind the @ has no ending like .com"),
        ("ann..lee@x.example", "there is a dot too many in it"),
        ("ann@x.example.", "there is a dot too many in it"),
        ("a" * 250 + "@x.example", "it is longer than an address can be"),
        ("ann@-x.example", None),
    ],
)
def test_what_is_wrong_with_it(text: str, flaw: str | None) -> None:
    assert parse(clean_address(text)) is None
    assert flaw_of(clean_address(text)) == flaw


def test_the_error_names_the_character_and_what_was_meant() -> None:
    rules = Rules(CompanySettings("Northwind"), OWN)
    error = rules.email("o’neil@x.example", of_new_user=True).error
    assert error and (error.code, error.suggestion) == ("email_invalid", "o'neil@x.example")
    assert error.message == (
        "This is not a complete e-mail address: “’” (right single quotation mark) can’t stand in one. "
        "Did you mean o'neil@x.example?"
    )
    of_manager = rules.manager("ann@x.example; bob@x.example")
    assert getattr(of_manager, "message", "") == (
        "Reports To is not a complete e-mail address: there are several in it, and one is wanted. "
        "Write the manager’s e-mail, or leave it blank."
    )


@given(st.text("ab@.;, ()<>?=–’＠é\u0430\x00\ud800", max_size=30) | st.text(max_size=60))
def test_nothing_raises_and_what_is_suggested_is_an_address(text: str) -> None:
    flaw_of(text)
    meant = repaired(text, OWN)
    assert meant is None or parse(meant)
