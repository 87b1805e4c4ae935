"""Mails as they are written, and what a reader sees of them."""

from __future__ import annotations

from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from uuid import UUID

from services.notification.domain.mail.content import Content
from services.notification.domain.mail.events import MailQueued
from services.notification.formats.mail.compose import Composer, Envelope
from shared.core.signed_ids import Signer
from tests.unit.notification.examples import (
    ASKED,
    AT,
    CHECKED_AGAIN,
    DECLINED,
    EMAIL,
    FINISHED,
    GRANTED,
    INVITATION,
    MESSAGE_ID,
    MORE_ASKED,
    REACTIVATION,
    RETURNED,
    TAKEN_BACK,
    UNDO_RETURNED,
    UNDONE,
    WITHOUT_SEATS,
)

MAIL_ID = UUID("0190a000-0000-7000-8000-0000000000e1")

SIGNER = Signer.of("invitation", "a key that is long enough for it")

COMPOSER = Composer(Address("Usher", "no-reply", "usher.example"), "https://usher.example/", SIGNER)

COMPANY = "Northwind Trading"

LINK = f"https://usher.example/join/{SIGNER.sign(INVITATION.invitation_id)}"


ALL = (
    *(INVITATION, REACTIVATION, TAKEN_BACK, FINISHED, RETURNED, WITHOUT_SEATS, ASKED, DECLINED),
    *(UNDONE, UNDO_RETURNED, MORE_ASKED, GRANTED, CHECKED_AGAIN),
)


def message_of(envelope: Envelope) -> bytes:
    """As who receives it has it: without the final dot, and dots undoubled."""
    assert envelope.data.endswith(b"\r\n.\r\n")
    return envelope.data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")


def written(content: Content, company: str = COMPANY, recipient: str = EMAIL) -> EmailMessage:
    envelope = COMPOSER.envelope(MAIL_ID, MailQueued(recipient, MESSAGE_ID, content, AT), company, AT)
    message = message_from_bytes(message_of(envelope), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


class Words(HTMLParser):
    """The text and the links of a page, and whether it has anything active."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def both(content: Content, company: str = COMPANY) -> tuple[str, str]:
    message = written(content, company)
    return part(message, "plain"), Words(part(message, "html")).text
