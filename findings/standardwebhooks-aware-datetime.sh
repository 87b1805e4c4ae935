#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI): Webhook.sign takes the wall clock of an aware datetime for UTC.
#
# Behaviour: one moment, given as 12:00 UTC and as 17:00+05:00, is signed as two. The second signature is over a timestamp
#   five hours ahead, so that the header which the sender derives from the same datetime does not verify.
# Seen: one moment: True, one signature: False
#       refused: No matching signature found
# Source: standardwebhooks/webhooks.py, sign: `timestamp.replace(tzinfo=timezone.utc).timestamp()`, which relabels where
#   `astimezone` would convert.
# What to do: pass `moment.astimezone(timezone.utc)`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
"$work/venv/bin/python" - <<'PYTHON'
import base64
from datetime import datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(base64.b64encode(b"an example's key, 24 byte").decode())
now = datetime.now(timezone.utc)
elsewhere = now.astimezone(timezone(timedelta(hours=5)))
signatures = [webhook.sign("msg_1", moment, "{}") for moment in (now, elsewhere)]
print(f"one moment: {now == elsewhere}, one signature: {signatures[0] == signatures[1]}")


def verify(signature):
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
    return webhook.verify("{}", headers)


assert verify(signatures[0]) == {}, "in UTC it verifies"
try:
    verify(signatures[1])
except WebhookVerificationError as error:
    print(f"refused: {error}")
else:
    raise SystemExit("the behaviour has changed")
PYTHON
