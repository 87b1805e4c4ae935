"""Invitations come back: the mail system that took them hands over reports, each twice, and until it is taken."""

import smtplib
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from deploy.devstack.options import HOST
from tests.faults.admin import Admin
from tests.faults.harness import Harness
from tests.faults.work import Work
from tests.unit.notification.bounces.corpus import POSTFIX

_ROWS = 12
_BOUNCED = 5


class Bouncing:
    """A file of new people, of whom some have no mailbox; `begin` confirms it, and sends back what goes to these."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.admin = Admin(harness)
        self.admins = [self.admin]
        file = self.admin.newcomers(_ROWS, first=0)
        self.review = self.admin.send(file)
        self.gone = sorted(file.invites)[:_BOUNCED]

    def begin(self) -> Work:
        """Goes on until My Team knows each of them."""
        self.admin.done.came_back |= set(self.gone)
        reports = [partial(self._come_back, email) for email in self.gone]
        return Work([self._confirm, *reports, *reports], self._check)

    def _confirm(self) -> None:
        self.admin.confirm(self.review)
        self.admin.until(self.review, "completed")

    def _come_back(self, email: str) -> None:
        mail = self._harness.mail
        self._until(lambda: any(copy.recipient == email for copy in mail.mails()), f"a mail to {email}")
        self._until(lambda: self._handed_over(mail.senders[email]), f"the report about {email}")
        self._until(lambda: self.admin.user(email)["invitation"]["state"] == "failed", f"My Team on {email}")

    def _handed_over(self, address: str) -> bool:
        port = self._harness.stack.options.ports.lmtp
        try:
            with smtplib.LMTP(HOST, port, timeout=10) as server:
                server.sendmail("", [address], POSTFIX)
        except smtplib.SMTPResponseException as refused:
            assert refused.smtp_code < 500, refused
            return False
        except smtplib.SMTPRecipientsRefused:
            raise
        except OSError:
            return False
        return True

    def _until(self, look: Any, what: str) -> None:
        end = time.monotonic() + self._harness.patience
        while not look():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.2)

    def _check(self, came_to: Sequence[Any]) -> None:
        progress = self.review.look().batch["progress"]
        found = progress["emails_sent"], progress["emails_failed"]
        assert found == (_ROWS - _BOUNCED, _BOUNCED), progress
