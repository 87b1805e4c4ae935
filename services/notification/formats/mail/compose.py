"""From what a mail is about to the message that is sent: words, links, bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import assert_never

from services.notification.domain.mail.content import BatchFinished, BatchReturned, Content, Invitation, Reactivation
from services.notification.domain.mail.events import MailQueued
from services.notification.formats.mail import texts
from services.notification.formats.mail.mail_text import MailText
from services.notification.formats.mail.plain_names import plain, with_plain_names
from services.notification.formats.mail.render import Renderer
from shared.core.signed_ids import Signer
from shared.people import address


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is said to the mail server: from whom, to whom, and the message."""

    sender: str
    recipient: str
    message: bytes


class Unmailable(ValueError):
    """A mail that cannot be written; says why."""


class Composer:
    """Writes mails. Links lead to `public_url`; a token is made here, at the last moment, and kept nowhere."""

    def __init__(self, sender: Address, public_url: str, signer: Signer) -> None:
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._signer = signer
        self._renderer = Renderer(sender)

    def envelope(self, mail: MailQueued, company: str, at: datetime) -> Envelope:
        """The mail, dated `at`. Raises Unmailable."""
        parsed = address.parse(mail.recipient)
        if parsed is None:
            raise Unmailable("The address can't be used for mail.")
        # In the ASCII form of its domain, since not every server speaks SMTPUTF8.
        recipient = f"{mail.recipient.rpartition('@')[0]}@{parsed.domain}"
        mail_text = self.text(mail.content, mail.recipient, company)
        try:
            message = self._renderer.mail(mail_text, recipient, mail.message_id, at)
        except ValueError as error:
            raise Unmailable(f"The mail can't be written: {error}") from error
        return Envelope(self._sender.addr_spec, recipient, message)

    def text(self, content: Content, recipient: str, company: str) -> MailText:
        """What the mail says. Nobody is called what could be taken for an address."""
        content, company = with_plain_names(content), plain(company)
        match content:
            case Invitation():
                link = f"{self._public_url}/join/{self._signer.sign(content.invitation_id)}"
                return texts.invitation(content, recipient, company, link)
            case Reactivation():
                return texts.reactivation(content, company, self._public_url)
            case BatchFinished():
                return texts.batch_finished(content, company, f"{self._public_url}/")
            case BatchReturned():
                return texts.batch_returned(content, company, f"{self._public_url}/batches/{content.batch_id}")
            case _:
                assert_never(content)
