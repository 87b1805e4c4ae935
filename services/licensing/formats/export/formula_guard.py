"""Texts that a spreadsheet program would take for a formula, or for the error of one."""

import re

_STARTS = re.compile("[=+\\-@#\t\r\uff1d\uff0b\uff0d\uff20]")  # the wide ones count for Excel in East Asian settings
GUARD = "\u200b"
"""A zero width space: what begins with it is a text to every program, nobody sees it, and an upload takes it off,
as it does all characters without width, where the usual apostrophe would come back as a change."""


def starts_formula(text: str) -> bool:
    """Whether the text needs a guard."""
    return _STARTS.match(text) is not None


def guarded(text: str) -> str:
    """The text as a csv may hold it."""
    return GUARD + text if starts_formula(text) else text
