"""The sentence that an admin adds to invitations: plain text, and nothing that leads anywhere."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.upload import messages
from services.upload.domain.batch.invitation_message import MAX_LENGTH, invitation_message
from services.upload.domain.refusals import MessageRefused
from shared.people.text import has_illegal


@pytest.mark.parametrize(
    "text",
    [
        "Welcome aboard: we start on Monday.",
        "We begin at 10:30, e.g. on 30.11.2026; bring 2.5 kg of patience.",
        "Ask Dr. Smith (room 4.12) and/or me, z.B. per Telefon: +49 30 1234.",
        "Version 1.2.3.4.5 has 1.2.3.4x in it.",
        "Welcome...we have waited for you! \N{PARTY POPPER}",
        "ようこそ。月曜日に始めます。",
        "私はAdaです。Pleaseお願いします。",
        '<b>Not bold</b> & "quoted"',
        "Rock & roll @ the office",
        "x" * MAX_LENGTH,
    ],
)
def test_a_sentence_is_kept_as_it_is(text: str) -> None:
    assert invitation_message(text) == text


@pytest.mark.parametrize("blank", [None, "", "   ", "\u200b", "\u3000"])
def test_none_is_none(blank: str | None) -> None:
    assert invitation_message(blank) is None


def test_space_is_one_plain_space() -> None:
    assert invitation_message("  Welcome\u00a0 aboard ") == "Welcome aboard"


@pytest.mark.parametrize(
    "text",
    [
        "Read https://northwind.example/start",
        "HTTP://NORTHWIND",
        "http:northwind",
        "see www.northwind.example",
        "see northwind.example",
        "see NORTHWIND.EXAMPLE/start?x=1",
        "see (northwind.example).",
        "see northwind.example:8080",
        "see bit.ly/x",
        "see xn--e1afmkfd.xn--p1ai",
        "see пример.рф",
        "see उदाहरण.भारत",
        "see 例え.テスト",
        "see northwind．example",
        "see northwind\u2024example",
        "see northwind。example",
        "see north\u200bwind.exa\u200dmple",
        "see north\u00adwind.ex\u2060ample",
        "see ⓝorthwind.ⓔxample",
        "ask ada@northwind.example",
        "ask ada@localhost",
        "ask ada＠localhost",
        "mailto:ada",
        "//northwind/start",
        "on \\\\northwind\\share",
        "at 192.0.2.7",
        "Look at 192.0.2.7.",
        "see northwind.\ufe0fexample",
        "see northwind.\u034f\u180bexample",
        "at 192.0.\U000e01002.7",
        "http\ufe0f:northwind",
        "Welcome.We start on Monday",
    ],
)
def test_nothing_in_it_leads_anywhere(text: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        invitation_message(text)
    assert refused.value.code == "message_has_link"


@pytest.mark.parametrize("text", ["one\ntwo", "one\r\ntwo", "one\ttwo", "one\x00two", "one\u2028two", "one\x85", "\n",
                                  "one\u202etwo", "one\x1b[31m", "one\ud800"])  # fmt: skip
def test_it_is_one_line_that_can_be_seen(text: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        invitation_message(text)
    assert refused.value.code == "message_illegal_characters"


def test_it_is_short() -> None:
    with pytest.raises(MessageRefused) as refused:
        invitation_message("x" * (MAX_LENGTH + 1))
    assert refused.value.code == "message_too_long"


@for_all(st.text(max_size=300) | st.text("aB.1 :/@\\。．\u200d-", max_size=40))
def test_what_is_kept_is_kept_again_and_harmless(text: str) -> None:
    try:
        kept = invitation_message(text)
    except MessageRefused as refused:
        assert refused.code in messages.MESSAGES
        return
    assert kept is None or (len(kept) <= MAX_LENGTH and not has_illegal(kept) and invitation_message(kept) == kept)
    assert kept is None or ("://" not in kept and "\n" not in kept)
