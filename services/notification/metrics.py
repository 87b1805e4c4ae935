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
SEND_SECONDS = Histogram("usher_mail_seconds", "How long one conversation with the mail server took.")
OPEN_MAILS = Gauge("usher_mails_open", "Mails that have not come to an end, by state.", ["state"])
OLDEST_MAIL = Gauge("usher_mails_oldest_seconds", "Age of the oldest mail that has not come to an end.")
COMPLETED_BATCHES = Counter("usher_batches_completed", "Batches whose completion was decided.")
