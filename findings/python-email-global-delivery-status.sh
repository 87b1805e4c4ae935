#!/usr/bin/env bash
# CPython's email package: a part message/global-delivery-status is parsed as a mail, not as groups of fields.
#
# Behaviour: message/delivery-status becomes a list of groups, one for each recipient. Its internationalized form of RFC 6533
#   is taken for a whole mail, as every message/… that the parser does not know: of its groups the first is the "header",
#   the others are text. In base64, which RFC 6533 allows, the encoded lines are that mail's text, get_payload(decode=True)
#   of the part gives None, and no field can be read. Who walks the parts finds no Action and no Status.
# Seen with Python 3.11.7:
#       message/delivery-status: 2 groups, Action failed
#       message/global-delivery-status: 1 group, Action None
#       message/global-delivery-status in base64: 1 group, Action None, decoded: None
# Source: email/feedparser.py, _parsegen, which knows 'message/delivery-status' alone; RFC 6533, section 3.
# What to do: take the payload's bytes, undo the part's Content-Transfer-Encoding yourself, and split at the empty lines.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing is installed but an environment of its own: what is looked at is the interpreter's package, pinned by its line.
python3.11 -m venv --without-pip "$work/venv"
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import sys
from base64 import encodebytes
from email import message_from_bytes

STATUS = "Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: utf-8; \u00e5nn@example.com\nAction: failed\nStatus: 5.1.1\n"


def part(kind, encoding=None):
    body = STATUS.encode() if encoding is None else encodebytes(STATUS.encode())
    head = f"MIME-Version: 1.0\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding or '8bit'}\n\n"
    return message_from_bytes(head.encode() + body)


def look(name, mail):
    groups = mail.get_payload()
    action = next((group["Action"] for group in groups if group["Action"]), None)
    print(f"{name}: {len(groups)} group{'s' * (len(groups) > 1)}, Action {action}", end="")
    return len(groups), action


print(f"Python {sys.version.split()[0]}")
assert look("message/delivery-status", part("message/delivery-status")) == (2, "failed")
print()
assert look("message/global-delivery-status", part("message/global-delivery-status")) == (1, None), "it has changed"
print()
encoded = part("message/global-delivery-status", "base64")
assert look("message/global-delivery-status in base64", encoded) == (1, None), "the behaviour has changed"
decoded = encoded.get_payload(decode=True)
print(f", decoded: {decoded}")
assert decoded is None, "the behaviour has changed"
PYTHON
