"""What notification measures."""

from __future__ import annotations

from itertools import product

from prometheus_client import Counter, Gauge, Histogram

from services.notification.domain.mail.content import KINDS
from services.notification.domain.mail.outcome import OUTCOMES

MAILS = Counter("usher_mails", "Attempts at a mail, by what it is about and what became of it.", ["kind", "outcome"])
for _kind, _outcome in product(KINDS, OUTCOMES):
    MAILS.labels(_kind, _outcome.__name__.lower())  # from the start: an increase is not seen of what is born at 1
BOUNCES = Counter("usher_bounces", "Mails to return addresses, by what they led to.", ["outcome"])
for _outcome in (
    "bounced",
    "complained",
    "delayed",
    "delivered",
    "auto_reply",
    "no_report",
    "unknown_address",
    "old",
    "nothing_new",
):
    BOUNCES.labels(_outcome)
BOUNCE_FOLDER_FAILURES = Counter(
    "usher_bounce_folder_failures", "Turns in which the IMAP folder of what comes back could not be read."
)
SEND_SECONDS = Histogram("usher_mail_seconds", "How long one conversation with the mail server took.")
OPEN_MAILS = Gauge("usher_mails_open", "Mails that have not come to an end, by state.", ["state"])
OLDEST_MAIL = Gauge("usher_mails_oldest_seconds", "Age of the oldest mail that has not come to an end.")
OLDEST_REMINDER = Gauge(
    "usher_reminders_oldest_seconds", "For how long an invitation that was not answered waits to be looked at by now."
)
COMPLETED_BATCHES = Counter("usher_batches_completed", "Batches whose completion was decided.")

WEBHOOK_ATTEMPTS = Counter(
    "usher_webhook_attempts", "Attempts at deliveries to webhooks, by what became of the delivery.", ["state"]
)
for _state in ("delivered", "waiting", "dead"):
    WEBHOOK_ATTEMPTS.labels(_state)
WEBHOOK_SECONDS = Histogram(
    "usher_webhook_delivery_seconds",
    "From when an event was recorded for a webhook until it was taken there.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600),
)
WEBHOOKS_SWITCHED_OFF = Counter(
    "usher_webhooks_switched_off", "Webhooks that were switched off since they failed, or wanted no more.", ["reason"]
)
for _reason in ("failing", "gone"):
    WEBHOOKS_SWITCHED_OFF.labels(_reason)
WAITING_DELIVERIES = Gauge("usher_webhook_deliveries_waiting", "Deliveries to webhooks that have not come to an end.")
OLDEST_DELIVERY = Gauge(
    "usher_webhook_oldest_seconds", "Age of the oldest delivery that waits for a webhook which takes deliveries."
)
DEAD_DELIVERIES = Gauge("usher_webhook_deliveries_dead", "Deliveries that were given up, and can be sent again.")
FAILING_WEBHOOKS = Gauge("usher_webhooks_failing", "Webhooks whose last attempts failed, and that have more waiting.")
