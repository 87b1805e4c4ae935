"""Enhanced status codes (RFC 3463) and reply codes (RFC 5321) in the words of a mail system."""

from __future__ import annotations

import re

# Neither part of a longer number with dots, such as an address of the network or a version.
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.])([45])(\d\d)(?![\d.]\d|\d)")
_USUAL = {
    "421": "4.4.2",
    "450": "4.2.0",
    "451": "4.3.0",
    "452": "4.2.2",
    "550": "5.1.1",
    "551": "5.1.6",
    "552": "5.2.2",
    "553": "5.1.3",
}


def enhanced(text: str) -> str | None:
    """The first enhanced status code in a text, without leading noughts: `5.1.1`."""
    found = _ENHANCED.search(text)
    return ".".join(str(int(part)) for part in found.groups()) if found else None


def any_status(text: str) -> str | None:
    """As `enhanced`; where there is none, what is nearest to the first reply code of SMTP."""
    if (status := enhanced(text)) is not None:
        return status
    found = _REPLY.search(text)
    return _USUAL.get(found[0], f"{found[1]}.0.0") if found else None
