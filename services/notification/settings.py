"""What the notification service is told by its environment."""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from services.notification.domain.mail.reminders import ReminderPolicy
from services.notification.domain.mail.retry_policy import RetryPolicy
from services.notification.domain.webhook.retry_schedule import LONGEST_RETRY_AFTER, PAUSES, RetrySchedule
from shared.core.settings import ServiceKeySettings, ServiceSettings, development_key
from shared.people.access import LINK_PATHS
from shared.people.address import domain_key, parse
from shared.people.reminders import ReminderSettings


class NotificationSettings(ReminderSettings, ServiceKeySettings, ServiceSettings):
    """Settings of mails and webhooks."""

    secret_paths = LINK_PATHS

    port: int = Field(8003, ge=0, le=65535, description="The port that the service listens on.")
    invitation_key: SecretStr = Field(
        development_key("invitation-key"),
        min_length=32,
        description="Signs the personal links in invitations: at least 32 random characters.",
    )
    invitation_key_previous: SecretStr | None = Field(
        None,
        min_length=32,
        description="While the key is being rotated: the one before, whose links stay good.",
    )
    smtp_url: SecretStr = Field(
        SecretStr("smtp://127.0.0.1:1025"),
        description="The mail server: smtp://user:password@host:port, smtps:// for TLS from the first byte, "
        "smtp+starttls:// for STARTTLS.",
    )
    mail_from: str = Field(
        "Usher <no-reply@usher.example>", description="From whom mails are, as `Name <address>`; its domain greets."
    )
    mail_connections: int = Field(
        8,
        ge=0,
        le=200,
        description="How many connections to the mail server a process keeps. 0: this process sends none.",
    )
    mail_group: int = Field(
        20, ge=1, le=500, description="How many mails a connection takes at once, and records at once."
    )
    mail_timeout_seconds: float | None = Field(
        None,
        gt=0,
        description="How long the mail server may take to come to a message, and then to answer it: 30,"
        " in development 5.",
    )
    mail_retry_seconds: float | None = Field(
        None,
        gt=0,
        description="The longest pause before a mail that was put off is tried again: 900, in development 10.",
    )
    mail_give_up_hours: float = Field(24, gt=0, description="After how long a mail that is put off counts as failed.")
    mail_deferred_minutes: float = Field(
        15, gt=0, description="How long a batch waits for invitations that are put off, before it is completed without."
    )
    mail_retention_days: float = Field(
        30,
        gt=0,
        description="How many days what a mail said is kept after its end; that there was one stays: to whom, when, of "
        "what kind, and what became of it.",
    )
    bounce_domain: str | None = Field(
        None,
        description="The domain of the return addresses of invitations, bounce+TOKEN@DOMAIN: what comes back to them is"
        " taken in. Without it invitations come back to the sender, and nobody here hears of it.",
    )
    lmtp_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="The port on which a mail server hands over what comes to return addresses, by LMTP; none without.",
    )
    bounce_imap_url: SecretStr | None = Field(
        None,
        description="The IMAP folder in which what comes to return addresses is kept, where no mail server can hand it"
        " over: imaps://user:password@host/folder. It is only read.",
    )
    invitation_days: int = Field(
        14, ge=1, le=365, description="How many days an invitation's link works, where its event does not say."
    )

    @field_validator("bounce_domain")
    @classmethod
    def _is_a_domain(cls, value: str | None) -> str | None:
        if value is None:
            return None
        domain = domain_key(value)
        if parse(f"a@{domain}") is None:
            raise ValueError("it needs a domain that mail can be sent to, as in: bounces.example.com")
        return domain

    @field_validator("bounce_imap_url")
    @classmethod
    def _is_a_folder(cls, value: SecretStr | None) -> SecretStr | None:
        parts = None if value is None else urlsplit(value.get_secret_value())
        if parts is not None and not (parts.scheme in ("imap", "imaps") and parts.hostname and parts.username):
            raise ValueError("it is written as imaps://user:password@host/folder")
        return value

    @model_validator(mode="after")
    def _come_back_somewhere(self) -> Self:
        if self.bounce_domain is None and (self.lmtp_port is not None or self.bounce_imap_url is not None):
            raise ValueError("USHER_LMTP_PORT and USHER_BOUNCE_IMAP_URL need USHER_BOUNCE_DOMAIN")
        return self

    webhook_key: SecretStr = Field(
        development_key("webhook-key"),
        min_length=32,
        description="Encrypts the secrets of webhooks in the database: at least 32 random characters.",
    )
    webhook_key_previous: SecretStr | None = Field(
        None,
        min_length=32,
        description="While the key is being rotated: the one before. What it encrypted is encrypted anew at the start.",
    )
    webhook_connections: int = Field(
        8,
        ge=0,
        le=100,
        description="How many deliveries to one webhook are under way at once. 0: this process delivers none.",
    )
    webhook_networks: str = Field(
        "",
        description="Networks that webhooks may be delivered to though they are not of the public internet, comma"
        " separated. In development the machine itself is one.",
    )
    webhook_ca_file: Path | None = Field(
        None, description="A PEM file with the authority that signed certificates in these networks; else the system's."
    )
    webhook_retry_seconds: float | None = Field(
        None,
        gt=0,
        description="The longest pause before a delivery is tried again: 86400, in development 10.",
    )
    webhook_off_days: float = Field(
        5, gt=0, description="After how many days of nothing but failures a webhook is switched off."
    )
    webhook_kept_days: float = Field(
        7, gt=0, description="How many days a delivery is kept after it was taken. Dead ones are kept for 30."
    )
    webhook_rotation_hours: float = Field(
        24,
        ge=0,
        description="How many hours deliveries are signed with the secret before, too, once there is a new one.",
    )
    webhooks_per_company: int = Field(20, ge=1, le=1000, description="How many webhooks a company may have.")

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks_of(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _has_an_address(cls, value: str) -> str:
        name, found = parseaddr(value)
        try:
            Address(name, addr_spec=found)
        except (ValueError, IndexError) as error:
            raise ValueError("it needs an address, as in: Usher <no-reply@example.com>") from error
        if "@" not in found:
            raise ValueError("it needs an address, as in: Usher <no-reply@example.com>")
        return value

    @property
    def sender(self) -> Address:
        """From whom mails are."""
        name, found = parseaddr(self.mail_from)
        return Address(name, addr_spec=found)

    @property
    def mail_timeout(self) -> float:
        """Seconds for all up to a message, and again for the answer to it."""
        return self.mail_timeout_seconds or (30.0 if self.production else 5.0)

    @property
    def max_mail_time(self) -> timedelta:
        """How long one mail can take at most: up to the message, the answer to it, and RSET."""
        return timedelta(seconds=2 * self.mail_timeout + RESET_SECONDS)

    @property
    def lease(self) -> timedelta:
        """How long a sender has the mails it took: one mail's longest, and time for the others of the group.

        In development that is 14 s: another process goes on with them before 15 s have passed, as
        docs/operators.md says.
        """
        return self.max_mail_time + timedelta(seconds=max(3.0, self.mail_timeout / 2))

    @property
    def reminder_policy(self) -> ReminderPolicy:
        """When who has not answered an invitation is reminded."""
        return ReminderPolicy((timedelta(days=self.reminder_days), timedelta(days=self.reminder_again_days)))

    @property
    def reminder_poll(self) -> float:
        """Seconds between two looks for who is to be reminded."""
        return 60.0 if self.production else 1.0

    @property
    def webhook_retries(self) -> RetrySchedule:
        """When a delivery is tried again, and when its webhook is switched off."""
        longest = self.webhook_retry_seconds or (LONGEST_RETRY_AFTER if self.production else 10.0)
        return RetrySchedule(
            PAUSES, longest, timedelta(days=self.webhook_off_days), rest=60.0 if self.production else 5.0
        )

    @property
    def webhook_allowed(self) -> Networks:
        """Networks beside the public internet that are delivered to."""
        return networks_of(self.webhook_networks) + (() if self.production else networks_of("127.0.0.0/8,::1"))

    @property
    def retry_policy(self) -> RetryPolicy:
        """When a mail is tried again, and when no more."""
        longest = self.mail_retry_seconds or (900.0 if self.production else 10.0)
        return RetryPolicy(
            initial_pause=timedelta(seconds=min(1.0, longest)),
            max_pause=timedelta(seconds=longest),
            give_up_after=timedelta(hours=self.mail_give_up_hours),
        )


RESET_SECONDS = 1.0
"""How long a server may take to forget a mail that it did not want, before the connection is given up instead."""


Networks = tuple[IPv4Network | IPv6Network, ...]


def networks_of(text: str) -> Networks:
    """Networks that are separated by commas. Raises ValueError where one is none."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"{error}: name networks, as in 10.20.0.0/16") from None
