"""What notification measures."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MAILS = Counter("usher_mails", "Attempts at a mail, by what it is about and what became of it.", ["kind", "outcome"])
SEND_SECONDS = Histogram("usher_mail_seconds", "How long one conversation with the mail server took.")
OPEN_MAILS = Gauge("usher_mails_open", "Mails that have not come to an end, by state.", ["state"])
OLDEST_MAIL = Gauge("usher_mails_oldest_seconds", "Age of the oldest mail that has not come to an end.")
COMPLETED_BATCHES = Counter("usher_batches_completed", "Batches whose completion was decided.")
