"""A message as DATA wants it (RFC 5321, 4.5.2): whole lines, no lone dot but the last one.

Done where a message is made, so that what is the same for many is looked through once.
"""

from __future__ import annotations

from aiosmtplib.protocol import normalize_message_line_endings

FINAL_DOT = b".\r\n"


def smtp_data(message: bytes) -> bytes:
    """Any message, with its final dot."""
    ends = message.count(b"\r\n")
    if message.count(b"\n") != ends or message.count(b"\r") != ends:
        message = normalize_message_line_endings(message)
    whole = message if message.endswith(b"\r\n") else message + b"\r\n"
    return stuffed(whole) + FINAL_DOT


def stuffed(lines: bytes) -> bytes:
    """Lines from the beginning of one on, all of which end in CRLF: the dots with which some begin are doubled."""
    return (b"\r\n" + lines).replace(b"\r\n.", b"\r\n..")[2:]
