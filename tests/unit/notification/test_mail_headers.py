"""Headers, envelope and form of a mail: nobody can write into them what does not belong there."""

from __future__ import annotations

from email import message_from_bytes

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.notification.domain.mail.content import Content
from services.notification.domain.mail.events import MailQueued
from services.notification.formats.mail.compose import Unmailable
from tests.spec import replace
from tests.unit.notification.examples import (
    AT,
    EMAIL,
    INVITATION,
    MESSAGE_ID,
    QUEUED,
)
from tests.unit.notification.written_mails import COMPANY, COMPOSER, LINK, MAIL_ID, Words, message_of, part, written


def test_the_envelope_and_the_headers() -> None:
    envelope = COMPOSER.envelope(MAIL_ID, QUEUED, COMPANY, AT)
    message = written(INVITATION)
    assert (envelope.sender, envelope.recipient) == ("no-reply@usher.example", EMAIL)
    assert str(message["From"]) == "Usher <no-reply@usher.example>"
    assert str(message["To"]) == EMAIL
    assert str(message["Message-ID"]) == MESSAGE_ID
    assert message["Date"].datetime == AT
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    assert message.defects == []


def test_a_domain_in_another_script_is_mailed_in_its_ascii_form() -> None:
    envelope = COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient="Ana@bücher.example"), COMPANY, AT)
    assert envelope.recipient == "Ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "recipient", ["", "nobody", "a@b@c.example", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "a@"]
)
def test_an_address_that_is_none_is_refused_with_a_reason(recipient: str) -> None:
    with pytest.raises(Unmailable, match="can't be used for mail"):
        COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient=recipient), COMPANY, AT)


HEADERS = ["To", "Subject", "Date", "Message-ID", "From", "MIME-Version", "Auto-Submitted", "Content-Type"]

HOSTILE = (
    "x\r\nBcc: everybody@victim.example",
    "x\n\n<html>",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe\x00\x1b[2J",
    "=?utf-8?q?=0D=0ABcc:_x@y.example?=",
    "\ud800 lonely",
    "A" * 5000,
    ".\r\n.\r\nMAIL FROM:<x>",
)


def shown(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_a_name(name: str) -> None:
    hostile = replace(INVITATION, first_name=name, inviter_name=name, inviter_email=name)
    message = written(hostile, company=name)
    assert message.keys() == HEADERS
    assert "\n" not in str(message["Subject"])
    html = Words(part(message, "html"))
    assert "script" not in html.tags
    assert set(html.links) == {LINK}
    assert LINK in part(message, "plain")


def test_an_address_that_looks_encoded_is_not_decoded() -> None:
    address = "=?utf-8?q?x=0D=0ABcc=3Ay?=@northwind.example"
    envelope = COMPOSER.envelope(MAIL_ID, replace(QUEUED, recipient=address), COMPANY, AT)
    assert envelope.recipient == address
    assert [name for name, _ in message_from_bytes(message_of(envelope)).items()] == HEADERS


@for_all(st.text(max_size=60), st.text(max_size=60))
def test_whatever_people_are_called_the_mail_is_well_formed(name: str, company: str) -> None:
    message = written(replace(INVITATION, inviter_name=name, first_name=name), company)
    assert message.keys() == HEADERS
    assert message.defects == []
    assert set(Words(part(message, "html")).links) == {LINK}
    names = [line for line in part(message, "plain").splitlines() if line.startswith("Hello")]
    assert len(names) == 1


def lines(content: Content, company: str = COMPANY) -> list[bytes]:
    return message_of(COMPOSER.envelope(MAIL_ID, MailQueued(EMAIL, MESSAGE_ID, content, AT), company, AT)).split(
        b"\r\n"
    )


@pytest.mark.parametrize("name", ["--=_usher_letter_part", "Zoë", "n" * 2_000])
def test_whatever_somebody_is_called_the_mail_has_its_two_parts_and_no_line_too_long(name: str) -> None:
    invitation = replace(INVITATION, first_name=name, inviter_name=name)
    message = written(invitation, f"{COMPANY}\n{name}")
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert name in part(message, "plain")
    assert name in Words(part(message, "html")).text
    assert max(map(len, lines(invitation, name))) <= 998, "RFC 5322, 2.1.1"


def test_what_needs_no_encoding_has_none() -> None:
    encodings = [each["Content-Transfer-Encoding"] for each in written(INVITATION).iter_parts()]
    assert encodings == ["quoted-printable", "7bit"], "the text has an apostrophe, the HTML has it as a number"
