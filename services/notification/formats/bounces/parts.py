"""The parts of a mail, as the email package has them."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import Message
from typing import Any, cast

MAX_PARTS = 200


def own_parts(mail: Message) -> Sequence[Message]:
    """The mail and its parts, and none of the mails that it has within: those say nothing of ours."""
    parts = [mail]
    for part in parts:
        if part.get_content_maintype() == "multipart":
            parts.extend(messages_in(part)[: MAX_PARTS - len(parts)])
    return parts


def messages_in(part: Message) -> Sequence[Message]:
    """What the email package has found within a part: parts, or a delivery status' groups of fields."""
    payload = cast("Any", part.get_payload())
    return cast("list[Message]", payload) if isinstance(payload, list) else []


def text_of(part: Message) -> str:
    """The text of a part, its transfer encoding undone."""
    within = messages_in(part)
    if part.get_content_maintype() == "message" and len(within) == 1:
        # The email package takes every message/… that it does not know for a whole mail, and its encoding for none.
        known, part = part, Message()
        part["Content-Transfer-Encoding"] = known.get("Content-Transfer-Encoding", "8bit")
        part.set_payload(within[0].as_bytes().lstrip().decode("ascii", "surrogateescape"))
    raw = cast("Any", part.get_payload(decode=True))
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
