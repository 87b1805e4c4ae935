"""What notification is told, and what it refuses to be told."""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address
from typing import Any

import pytest
from pydantic import ValidationError

from services.notification.application.smtp_client import MailServer
from services.notification.settings import NotificationSettings


def settings_of(**values: Any) -> NotificationSettings:
    return NotificationSettings(**values)


SENDER = Address("Usher", "no-reply", "usher.example")


def test_in_development_no_retry_waits_longer_than_15_seconds() -> None:
    settings = settings_of(environment="development")
    assert settings.retry_policy.max_pause <= timedelta(seconds=15)
    assert settings.lease > settings.max_mail_time


def test_in_production_a_server_has_more_time() -> None:
    settings = settings_of(
        environment="production",
        invitation_key="x" * 32,
        service_key="x" * 32,
        erasure_key="x" * 32,
        webhook_key="x" * 32,
        oidc_issuer="https://sso.example",
        public_url="https://usher.example",
    )
    assert settings.retry_policy.max_pause == timedelta(minutes=15)
    assert settings.retry_policy.give_up_after == timedelta(hours=24)
    assert settings.lease > settings.max_mail_time > timedelta(minutes=1)


@pytest.mark.parametrize("sender", ["", "Usher", "Usher <no-reply>", "a@b@c", "Usher <>"])
def test_a_sender_without_an_address_is_refused_at_the_start(sender: str) -> None:
    with pytest.raises(ValidationError, match="it needs an address"):
        settings_of(mail_from=sender)


@pytest.mark.parametrize(
    ("url", "port", "tls", "start_tls"),
    [
        ("smtp://mail.example", 25, False, None),
        ("smtp://mail.example:1025", 1025, False, None),
        ("smtps://mail.example", 465, True, False),
        ("smtp+starttls://mail.example", 587, False, True),
    ],
)
def test_where_mail_leaves(url: str, port: int, tls: bool, start_tls: bool | None) -> None:
    server = MailServer.from_url(url, SENDER, 3)
    assert (server.host, server.port, server.tls, server.start_tls) == ("mail.example", port, tls, start_tls)
    assert server.greeting == "usher.example"


def test_a_password_may_hold_anything() -> None:
    server = MailServer.from_url("smtps://us%40er:p%2Fw@mail.example", SENDER, 3)
    assert (server.username, server.password) == ("us@er", "p/w")


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://"])
def test_an_address_that_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="USHER_SMTP_URL"):
        MailServer.from_url(url, SENDER, 3)
