"""A merged mail is, byte for byte, what rendering it for that person gives, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address

import pytest
from hypothesis import example
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.domain.mail.content import Invitation
from services.notification.formats.mail import texts
from services.notification.formats.mail.mail_merge import MailMerge, field
from services.notification.formats.mail.mail_text import MailText
from services.notification.formats.mail.render import Renderer
from services.notification.formats.mail.smtp_data import smtp_data
from tests.spec import replace
from tests.unit.notification.examples import AT, EMAIL, INVITATION_ID, MESSAGE_ID, USER, after

RENDERER = Renderer(Address("Usher", "no-reply", "usher.example"))
NAME, TO, TOKEN = FIELDS = tuple(map(field, ("name", "to", "token")))
TOKEN_OF_ONE = "kZAwAAAAcACAAAAAAAAA0fO3Z4j1Zk1QhWlLz9gA7o0cZ2yqkO0H8v3bq2qFQm1S"
FIXED = st.text(max_size=40)
LETTERS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=60)


def said(
    values: Mapping[str, str], company: str, inviter: str = "Marta Lindqvist", message: str | None = None
) -> MailText:
    invitation = Invitation(
        user_id=USER, invitation_id=INVITATION_ID, first_name=values[NAME], last_name="", inviter_name=inviter,
        inviter_email="marta@northwind.example", issued_at=AT, expires_at=after(14 * 86_400), transfer=False,
        previous_plan=None, again=False, batch_id=None, message=message,
    )  # fmt: skip
    return texts.invitation(invitation, values[TO], company, f"https://usher.example/join/{values[TOKEN]}")


OPEN = {each: each for each in FIELDS}


def merge_of(company: str, inviter: str = "Marta Lindqvist") -> MailMerge | None:
    return MailMerge.of(RENDERER, said(OPEN, company, inviter), FIELDS)


def merged_and_rendered(name: str, inviter: str, company: str) -> tuple[bytes | None, bytes]:
    values = {NAME: name, TO: EMAIL, TOKEN: TOKEN_OF_ONE}
    merge = merge_of(company, inviter)
    merged = merge.mail(values, EMAIL, MESSAGE_ID, AT) if merge else None
    return merged, smtp_data(RENDERER.mail(said(values, company, inviter), EMAIL, MESSAGE_ID, AT))


@for_all(LETTERS.filter(bool) | FIXED.filter(bool), FIXED, FIXED)
@example("Yusuf", "Marta Lindqvist", "Northwind Trading")
@example("=", ".", "..")
@example("x" * 60 + ".y" * 10, ".y" * 15, "." + "ab.c" * 9)
@example("x" * 70 + " .", "Marta", "Northwind")
@example("é<&>'\"", "M.", "\r\n.\r\n")
def test_it_is_what_rendering_gives(name: str, inviter: str, company: str) -> None:
    merged, rendered = merged_and_rendered(name, inviter, company)
    assert merged in (None, rendered)


@pytest.mark.parametrize("name", ["Yusuf", "Zoë", "李雷", "O'Brien <b>", "Anna Maria", "a=b.c"])
def test_ordinary_people_have_a_merged_mail(name: str) -> None:
    merged, rendered = merged_and_rendered(name, "Marta Lindqvist", "Northwind Trading")
    assert merged == rendered


@pytest.mark.parametrize("name", [" Ann", "Ann\x07", "A" * 300, "é" * 120, "=_usher_letter_part", "a  b"])
def test_whose_name_could_change_more_than_its_place_is_rendered_for(name: str) -> None:
    assert merged_and_rendered(name, "Marta Lindqvist", "Northwind Trading")[0] is None


def test_a_mail_whose_headers_or_encoding_are_up_to_a_person_has_no_merge() -> None:
    text = said(OPEN, "Northwind")
    assert MailMerge.of(RENDERER, replace(text, subject=f"Hello {NAME}"), FIELDS) is None
    ascii_only = replace(text, note=None, footer="You get this mail because you were invited.")
    assert MailMerge.of(RENDERER, ascii_only, FIELDS) is None
    assert merge_of("_usher_letter_part") is None
    assert merge_of("é" * 500) is None


def test_an_address_that_no_header_can_carry_is_refused_as_in_rendering() -> None:
    merge = merge_of("Northwind")
    assert merge is not None
    with pytest.raises(ValueError, match="one word of ASCII"):
        merge.mail({NAME: "Ann", TO: EMAIL, TOKEN: TOKEN_OF_ONE}, "jürgen@b.example", MESSAGE_ID, AT)
