"""What a tenant typed is no address and no link in a mail."""

from __future__ import annotations

import pytest

from services.notification.domain.mail.content import Content
from services.notification.formats.mail.plain_names import plain
from tests.spec import replace
from tests.unit.notification.examples import (
    INVITATION,
    MORE_ASKED,
)
from tests.unit.notification.written_mails import ALL, both, written


def test_a_note_makes_no_link() -> None:
    for text in both(replace(MORE_ASKED, note="see https://elsewhere.example/login")):
        assert "://" not in text.split("They write")[1].split("”")[0]


def test_placeholders_in_a_name_are_just_text() -> None:
    assert "{{ 7 * 7 }}" in both(replace(INVITATION, inviter_name="{{ 7 * 7 }}"))[1]


PHISH = "Win at https://evil.example/x or mail me@evil.example"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Win at https://evil.example/x", "Win at https evil.example x"),
        ("me@evil.example", "me evil.example"),
        ("evil.example\\x", "evil.example x"),
        ("https:／／evil.example／x", "https evil.example x"),
        ("https：//evil.example", "https evil.example"),
        ("me＠evil﹫example", "me evil example"),
        ("http:\u2044\u2044evil.example", "http evil.example"),
        ("Sales: EMEA, J. R. O’Neil-Smith & Co.", "Sales: EMEA, J. R. O’Neil-Smith & Co."),
        ("://", ""),
    ],
)
def test_a_name_holds_no_address(typed: str, said: str) -> None:
    assert plain(typed) == said


@pytest.mark.parametrize("content", ALL, ids=lambda c: c.kind)
def test_nothing_that_a_tenant_typed_is_an_address_in_a_mail(content: Content) -> None:
    """Each text that somebody typed, whatever the mail: a field that is added is tried too."""
    typed = {f: PHISH for f in content.__struct_fields__ if f.endswith(("_name", "comment")) and getattr(content, f)}
    for name in ("failures", "deferrals"):
        if hasattr(content, name):
            typed |= {name: tuple(replace(each, name=PHISH) for each in getattr(content, name))}
    message = written(replace(content, **typed), company=PHISH)
    for text in (*both(replace(content, **typed), PHISH), str(message["Subject"])):
        assert "Win at https evil.example x or mail me" in " ".join(text.split())
        assert "://evil" not in text and "evil.example/" not in text and "me@evil" not in text


def test_who_has_no_name_goes_by_their_address() -> None:
    nameless = replace(INVITATION, inviter_name=INVITATION.inviter_email)
    assert f"{INVITATION.inviter_email} invites you to join" in both(nameless)[0]
