"""Mails that come back: to addresses that begin with `bounce` nothing can be delivered, and who sent it is told so."""

import asyncio
import smtplib
from collections.abc import Sequence
from contextlib import suppress

from deploy.devstack.options import HOST

UNDELIVERABLE = "bounce"
_RETURN_ADDRESS = "bounce+"
_DELAY = 1.0
_TRIES = 30


class Bounces:
    """Reports what can't be delivered, by LMTP on `port` of this machine, to where a mail has come from."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._under_way: set[asyncio.Task[None]] = set()

    def consider(self, sender: str, recipients: Sequence[str]) -> None:
        """Begins to report, where there is something to report and somewhere to report it to."""
        undeliverable = [address for address in recipients if address.lower().startswith(UNDELIVERABLE)]
        if undeliverable and sender.startswith(_RETURN_ADDRESS):
            task = asyncio.get_running_loop().create_task(self._report(sender, undeliverable[0]))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _report(self, sender: str, recipient: str) -> None:
        for _ in range(_TRIES):
            await asyncio.sleep(_DELAY)
            with suppress(OSError, smtplib.SMTPException):
                await asyncio.to_thread(self._hand_over, sender, recipient)
                return

    def _hand_over(self, sender: str, recipient: str) -> None:
        with smtplib.LMTP(HOST, self._port, timeout=10) as server:
            server.sendmail("", [sender], _REPORT.format(sender=sender, recipient=recipient).encode())


_REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@mailbox.localhost>
To: {sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="report"

--report
Content-Type: text/plain; charset=utf-8

The mailbox of the development stack delivers nothing to addresses that begin with "bounce".

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mailbox.localhost

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 There is no such mailbox

--report--
"""
