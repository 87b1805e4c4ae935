"""From what a mail is about to the message that is sent: words, links, bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from functools import lru_cache
from typing import assert_never
from uuid import UUID

from services.notification.domain.mail.content import (
    ApprovalDeclined,
    ApprovalRequested,
    BatchCheckedAgain,
    BatchFinished,
    BatchReturned,
    Content,
    Invitation,
    InvitationSample,
    Reactivation,
    Reminder,
    SeatsAnswered,
    SeatsRequested,
    TakenBack,
    UndoFinished,
    UndoReturned,
    WebhookSwitchedOffMail,
)
from services.notification.domain.mail.events import MailQueued
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from services.notification.formats.mail import request_texts, return_texts, texts
from services.notification.formats.mail.mail_merge import MailMerge, field
from services.notification.formats.mail.mail_text import MailText
from services.notification.formats.mail.plain_names import plain, plain_invitation, with_plain_names
from services.notification.formats.mail.render import Renderer, one_line
from services.notification.formats.mail.smtp_data import smtp_data
from shared.core.signed_ids import Signer
from shared.people import address


@dataclass(frozen=True, slots=True)
class Envelope:
    """What is said to the mail server: from whom, to whom, and `data`, the message as DATA wants it, final dot and all
    (formats/mail/smtp_data.py)."""

    sender: str
    recipient: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as whoever gets it sees it, before it is sent to anybody."""

    subject: str
    text: str
    html: str


class Unmailable(ValueError):
    """A mail that cannot be written; says why."""


class Composer:
    """Writes mails. Links lead to `public_url`; a token is made here, at the last moment, and kept nowhere. Where an
    invitation comes back to is one of `return_addresses`, of all else the sender."""

    def __init__(
        self, sender: Address, public_url: str, signer: Signer, return_addresses: ReturnAddresses | None = None
    ) -> None:
        self._sender = sender
        self._return_addresses = return_addresses
        self._public_url = public_url.rstrip("/")
        self._signer = signer
        self._renderer = Renderer(sender)
        self._merges = lru_cache(_MERGES)(self._merge)

    def envelope(self, mail_id: UUID, mail: MailQueued, company: str, at: datetime) -> Envelope:
        """The mail, dated `at`. Raises Unmailable."""
        parsed = address.parse(mail.recipient)
        if parsed is None:
            raise Unmailable("The address can't be used for mail.")
        # In the ASCII form of its domain, since not every server speaks SMTPUTF8.
        recipient = f"{mail.recipient.rpartition('@')[0]}@{parsed.domain}"
        sender = self._sender.addr_spec
        if self._return_addresses is not None and isinstance(mail.content, Invitation | Reminder):
            # A reminder that comes back says of the invitation that it does not arrive.
            sender = self._return_addresses.of(mail.content.mail_id if isinstance(mail.content, Reminder) else mail_id)
        try:
            merged = self._merged(mail.content, mail, company, recipient, at)
            if merged is not None:
                return Envelope(sender, recipient, merged)
            mail_text = self.text(mail.content, mail.recipient, company)
            message = self._renderer.mail(mail_text, recipient, mail.message_id, at)
        except ValueError as error:
            raise Unmailable(f"The mail can't be written: {error}") from error
        return Envelope(sender, recipient, smtp_data(message))

    def text(self, content: Content, recipient: str, company: str) -> MailText:  # noqa: C901  (a case a mail)
        """What the mail says. Nobody is called what could be taken for an address."""
        content, company = with_plain_names(content), plain(company)
        match content:
            case Invitation():
                return self._invitation(content, recipient, company, self._signer.sign(content.invitation_id))
            case Reminder(invitation=invitation):
                link = self._link(self._signer.sign(invitation.invitation_id))
                return texts.reminder(invitation, recipient, company, link)
            case InvitationSample():
                return texts.sample(self._invitation(content.invitation, content.email, company, NOWHERE))
            case Reactivation():
                return texts.reactivation(content, company, self._public_url)
            case BatchFinished():
                return texts.batch_finished(content, company, f"{self._public_url}/")
            case BatchReturned():
                return return_texts.batch_returned(content, company, self._batch(content.batch_id))
            case ApprovalRequested():
                return texts.approval_requested(content, company, self._batch(content.batch_id) + "/confirm")
            case ApprovalDeclined():
                return texts.approval_declined(content, company, self._batch(content.batch_id))
            case SeatsRequested():
                return request_texts.seats_requested(content, company, f"{self._public_url}/access")
            case SeatsAnswered():
                return request_texts.seats_answered(content, company, f"{self._public_url}/access")
            case BatchCheckedAgain():
                return request_texts.batch_checked_again(content, company, self._batch(content.batch_id))
            case TakenBack():
                return texts.taken_back(content, company)
            case UndoFinished():
                return texts.undo_finished(content, company, f"{self._public_url}/")
            case UndoReturned():
                return texts.undo_returned(content, company, self._batch(content.batch_id))
            case WebhookSwitchedOffMail():
                page = f"{self._public_url}/integrations/webhooks/{content.webhook_id}"
                return texts.webhook_switched_off(content, company, page)
            case _:
                assert_never(content)

    def preview(self, sample: InvitationSample, company: str) -> Preview:
        """How the invitation will look, without a link that could be followed."""
        content = plain_invitation(sample.invitation)
        mail_text = self._invitation(content, sample.email, plain(company), NOWHERE)
        html = _HREF.sub("", self._renderer.html(mail_text))
        return Preview(one_line(mail_text.subject), self._renderer.text(mail_text), html)

    def _batch(self, batch_id: UUID) -> str:
        return f"{self._public_url}/batches/{batch_id}"

    def _invitation(self, content: Invitation, recipient: str, company: str, token: str) -> MailText:
        return texts.invitation(content, recipient, company, self._link(token))

    def _link(self, token: str) -> str:
        return f"{self._public_url}/join/{token}"

    def _merged(self, content: Content, mail: MailQueued, company: str, recipient: str, at: datetime) -> bytes | None:
        """The mail, where it is one of many that differ in a few values."""
        if not isinstance(content, Invitation):
            return None
        name = plain(content.first_name)
        merge = self._merges(_of_anybody(content, _NAME if name else ""), company)
        if merge is None:
            return None
        token = self._signer.sign(content.invitation_id)
        values = {_NAME: name, _RECIPIENT: mail.recipient, _TOKEN: token}
        return merge.mail(values, recipient, mail.message_id, at)

    def _merge(self, content: Invitation, company: str) -> MailMerge | None:
        mail_text = self._invitation(plain_invitation(content), _RECIPIENT, plain(company), _TOKEN)
        return MailMerge.of(self._renderer, mail_text, _FIELDS)


NOWHERE = "sample"
"""In the place of a token: no link ever has it."""
_HREF = re.compile(r'\bhref="[^"]*"')
_NAME, _RECIPIENT, _TOKEN = _FIELDS = tuple(map(field, ("name", "recipient", "token")))
_NOBODY = UUID(int=0)
_MERGES = 64
"""How many batches' invitations are kept rendered."""


def _of_anybody(content: Invitation, name: str) -> Invitation:
    """What a batch's invitations have in common: of its times, the day and how many days there are until then."""
    last_day = content.expires_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Invitation(
        user_id=_NOBODY,
        invitation_id=_NOBODY,
        first_name=name,
        last_name="",
        inviter_name=content.inviter_name,
        inviter_email=content.inviter_email,
        issued_at=last_day - timedelta(days=texts.days(content)),
        expires_at=last_day,
        transfer=content.transfer,
        previous_plan=content.previous_plan,
        again=content.again,
        batch_id=None,
        message=content.message,
    )
