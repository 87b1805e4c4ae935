#!/usr/bin/env bash
# IMAPClient 4.1.0 (PyPI): fetch() sends a message set that is given as text, reads the server's whole answer, and then
# fails on its own argument.
#
# Behaviour: fetch's `messages` may be text ("1:500", "1:*"): it is joined into the command as it is, and the server answers
#   it. Only then are unsolicited responses dropped, for which the same argument is read as numbers. What was fetched is
#   lost, and the error is no IMAPClientError, so whoever catches those takes it for a fault of their own.
# Seen: fetch([1, 2]): [1, 2]; fetch("1:2"): the server was asked '1:2' and answered, then
#       ValueError: invalid literal for int() with base 10: '1:2'; with uids it is the same
# Source: imapclient/imapclient.py, fetch ("Drop unsolicited responses"), join_message_ids, to_ints; RFC 3501, section 9,
#   sequence-set.
# What to do: search for the numbers and fetch these, or fetch numbers that are listed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check IMAPClient==4.1.0
"$work/venv/bin/python" - <<'PYTHON'
import re
import socket
import threading

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

asked = []


def serve(listening):
    """The least of an IMAP server that has two mails."""
    connection, _ = listening.accept()
    lines = connection.makefile("rb")

    def say(text):
        connection.sendall(text.encode() + b"\r\n")

    say("* OK [CAPABILITY IMAP4rev1] ready")
    for line in lines:
        tag, command, *rest = line.decode().rstrip().split(" ")
        match command.upper():
            case "CAPABILITY":
                say("* CAPABILITY IMAP4rev1")
            case "SELECT" | "EXAMINE":
                say("* 2 EXISTS")
                say("* OK [UIDVALIDITY 1] valid")
            case "FETCH":
                asked.append(rest[0])
                for number in (1, 2):
                    say(f"* {number} FETCH (RFC822.SIZE {number * 100})")
            case "UID":
                asked.append(rest[1])
                for number in (1, 2):
                    say(f"* {number} FETCH (UID {number} RFC822.SIZE {number * 100})")
        say(f"{tag} OK done")


listening = socket.create_server(("127.0.0.1", 0))
for use_uid in (False, True):
    threading.Thread(target=serve, args=(listening,), daemon=True).start()
    client = IMAPClient("127.0.0.1", listening.getsockname()[1], use_uid=use_uid, ssl=False)
    client._imap.state = "AUTH"  # signing in is beside the point
    client.select_folder("INBOX", readonly=True)
    listed = client.fetch([1, 2], ["RFC822.SIZE"])
    print(f"uids: {use_uid}; fetch([1, 2]): {sorted(listed)}")
    assert sorted(listed) == [1, 2]
    try:
        client.fetch("1:2", ["RFC822.SIZE"])
    except ValueError as error:
        print(f"uids: {use_uid}; fetch('1:2'): the server was asked {asked[-1]!r}, then {type(error).__name__}: {error}")
        assert asked[-1] == "1:2" and re.search("invalid literal for int", str(error)), "the behaviour has changed"
        assert not isinstance(error, IMAPClientError), "the behaviour has changed"
    else:
        raise SystemExit("the behaviour has changed: a set is fetched")
PYTHON
