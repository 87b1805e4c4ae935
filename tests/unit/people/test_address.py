"""Which addresses are valid, when two are one, and which domains are slips."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from shared.people.address import compare_form, domain_key, parse, typo_of
from shared.people.text import clean_address

OWN = frozenset({"northwind.example", "tag123.example.com"})


@pytest.mark.parametrize(
    "text",
    [
        "ann@x.example",
        "Ann.Lee+tag@sub.x.example.com",
        "o'neil@x.example",
        "a@münchen.example",
        "a@xn--mnchen-3ya.example",
        "a@例え.jp",
        "_x@x.example",
    ],
)
def test_valid(text: str) -> None:
    assert parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "nobody",
        "wim at nowhere",
        "a@",
        "@x.example",
        "a@@x.example",
        "a b@x.example",
        "a@x",
        "a@localhost",
        "a..b@x.example",
        ".a@x.example",
        '"a b"@x.example',
        '"a"@x.example',
        "é@x.example",
        "a@[127.0.0.1]",
        "a@-x.example",
        "a@x_y.example",
        "Ann <a@x.example>",
        "a@x.example,b@x.example",
        "a" * 250 + "@x.example",
        "a@" + "x" * 64 + ".example",
        "a＠x.example",
    ],
)
def test_not_valid(text: str) -> None:
    assert parse(clean_address(text)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ANN@X.example", "ann@x.EXAMPLE"),
        (" ann@x.example\u00a0", "mailto:Ann@x.example"),
        ("a@MÜNCHEN.example", "a@xn--mnchen-3ya.example"),
        ("a@mu\u0308nchen.example", "a@münchen.example"),
    ],
)
def test_two_spellings_of_one_address(one: str, other: str) -> None:
    assert compare_form(one) == compare_form(other)


def test_an_address_is_shown_as_it_is_spelled_and_compared_in_ascii() -> None:
    address = parse("Ann.Lee@MÜNCHEN.example")
    assert address and (address.text, address.key) == ("Ann.Lee@münchen.example", "ann.lee@xn--mnchen-3ya.example")


LOCAL = st.text("abcZ09.+'_-\"\\ @é\u0301<>", max_size=12) | st.just("a" * 240)
DOMAIN = st.text("abX.-09ü。@[]ß\u0301\u200d", max_size=14) | st.sampled_from(
    ["x.example", "a.test", "b.local", "sub.x.example.com"]
)


@given(st.tuples(LOCAL, DOMAIN).map("@".join) | st.text(max_size=20))
@example("a" * 242 + "@xn--mnchen-3ya.example")
@example("\u0301@x.example")
def test_valid_is_what_email_validator_says(text: str) -> None:
    try:
        said = validate_email(text, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False)
        wanted = None if text.startswith('"') else f"{said.local_part}@{said.ascii_domain}".lower()
    except EmailNotValidError:
        wanted = None
    found = parse(text)
    assert (found.key if found else None) == wanted


@given(st.text(max_size=60))
def test_nothing_raises(text: str) -> None:
    assert compare_form(compare_form(text)) == compare_form(text) or parse(clean_address(text)) is None
    domain_key(text)
    typo_of(text, OWN)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("northwnd.example", "northwind.example"),
        ("tag123.exmaple.com", "tag123.example.com"),
        ("nortwhind.example", "northwind.example"),
    ],
)
def test_one_slip_from_a_known_domain(domain: str, meant: str) -> None:
    assert typo_of(domain, OWN) == meant


@pytest.mark.parametrize(
    "domain", ["gmail.com", "ymail.com", "mail.com", "northwind.example", "other.example", "nrthwnd.example", "ge.com"]
)
def test_no_slip(domain: str) -> None:
    assert typo_of(domain, OWN) is None
