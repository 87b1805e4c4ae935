"""The reason of a request to forget somebody: it is kept, so it must not keep the person."""

import re
from collections.abc import Iterable

from shared.erasure.person import ERASED

_SHORTEST = 2
"""Characters: of a single letter more would be lost than the person."""


def without_person(reason: str, known: Iterable[str]) -> str:
    """The sentence without what is known of the person, their names and addresses, in whatever case it is written."""
    wanted = sorted({text for text in known if len(text) >= _SHORTEST}, key=len, reverse=True)
    if not wanted:
        return reason
    return re.sub(rf"(?<!\w)({'|'.join(map(re.escape, wanted))})(?!\w)", ERASED, reason, flags=re.IGNORECASE)
