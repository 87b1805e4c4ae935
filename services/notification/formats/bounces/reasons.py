"""Why a mail was not delivered, in a sentence: by its enhanced status code, with the words of who refused it."""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_REASON = 300
"""Characters of a reason."""
_OF_STATUS: Mapping[str, str] = {
    "1.0": "There is something wrong with the address",
    "1.1": "The address does not exist",
    "1.2": "The part of the address after the @ takes no mail",
    "1.3": "The address is not written correctly",
    "1.4": "The address may mean more than one mailbox",
    "1.6": "The mailbox has moved, and left no new address",
    "1.10": "The part of the address after the @ takes no mail",
    "2.0": "The mailbox takes no mail",
    "2.1": "The mailbox is closed, or takes no mail at present",
    "2.2": "The mailbox is full",
    "2.3": "The mail is larger than the mailbox takes",
    "3.0": "The mail system of the address has a fault",
    "3.1": "The mail system of the address is full",
    "3.2": "The mail system of the address takes no mail at present",
    "3.4": "The mail is larger than the mail system of the address takes",
    "4.0": "The mail system of the address can't be reached",
    "4.1": "The mail system of the address does not answer",
    "4.4": "The mail system of the address can't be found",
    "4.6": "Mail to the address goes in a circle",
    "4.7": "The mail could not be delivered for too long",
    "5.0": "The mail systems did not understand each other",
    "6.0": "The mail's contents were not accepted",
    "7.0": "The mail system of the address refuses the mail",
    "7.1": "The mail system of the address refuses the mail, or takes none from outside",
}
"""What RFC 3463 and the register of enhanced status codes say, in plain words, by subject and detail."""
_OTHERWISE = "The mail could not be delivered"
_ADDRESS = re.compile(r"<?[^\s<>@;,]{1,256}@[^\s<>@;,]{1,256}>?")
_TYPE = re.compile(r"^\s*(?:x-)?[a-z][a-z0-9-]{0,30}\s*;\s*", re.IGNORECASE)
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]+")


def reason_of(status: str, said: str | None) -> str:
    """The sentence for an enhanced status code as `5.1.1`; `said`: the diagnostic text of who refused it, of which
    addresses, control characters and what is too much are left out."""
    _, subject, detail = status.split(".")
    words = _OF_STATUS.get(f"{subject}.{detail}") or _OF_STATUS.get(f"{subject}.0") or _OTHERWISE
    quoted = plain(said or "")
    return f"{words} ({quoted})"[:MAX_REASON] if quoted else f"{words} ({status})"


def plain(text: str) -> str:
    """One line of a diagnostic text: without its type (`smtp;`), addresses and what can't be seen."""
    text = _ADDRESS.sub("…", _TYPE.sub("", _UNSHOWN.sub(" ", text[:4096])))
    words = " ".join(text.split())
    room = MAX_REASON - 100
    return words if len(words) <= room else words[: room - 1].rstrip() + "…"
