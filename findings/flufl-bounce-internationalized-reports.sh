#!/usr/bin/env bash
# flufl.bounce 6.0.0 (PyPI): delivery reports of internationalized mail are not recognised as bounces.
#
# Behaviour: a report of RFC 6533 has a part message/global-delivery-status, and Final-Recipient may be of type utf-8. The
#   same report as message/delivery-status is recognised; this one has no failed and no delayed recipient, though its
#   address is plain ASCII. A sender who relies on it goes on writing to an address that does not exist.
# Seen: delivery-status: (frozenset(), frozenset({b'ann@example.com'}))
#       global-delivery-status: (frozenset(), frozenset())
# Source: flufl/bounce/_detectors/dsn.py, which looks for ('message', 'delivery-status') alone; RFC 6533, sections 3 and 5.
# What to do: read message/global-delivery-status with the email package yourself before asking flufl.bounce.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check flufl.bounce==6.0.0
"$work/venv/bin/python" - <<'PYTHON'
from email import message_from_string

from flufl.bounce import all_failures

REPORT = """\
From: mailer-daemon@example.com
To: sender@example.com
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Your message could not be delivered.
--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example.com

Final-Recipient: {recipient}
Action: failed
Status: 5.1.1

--b--
"""


def failures(kind, recipient):
    found = all_failures(message_from_string(REPORT.format(kind=kind, recipient=recipient)))
    print(f"{kind}: {found}")
    return found


assert failures("delivery-status", "rfc822; ann@example.com") == (frozenset(), frozenset({b"ann@example.com"}))
nobody = (frozenset(), frozenset())
assert failures("global-delivery-status", "rfc822; ann@example.com") == nobody, "the behaviour has changed"
assert failures("global-delivery-status", "utf-8; ann@example.com") == nobody, "the behaviour has changed"
PYTHON
