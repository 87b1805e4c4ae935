"""The codes of files, rows and warnings, as their sentences declare them (messages.py). The errors page, the kinds of
the Review and the tests of the sentences are made from this."""

from __future__ import annotations

from collections.abc import Mapping

from shared.people import messages
from shared.people.coded import DECLARED, KINDS, Code, Kind, Subject

__all__ = ["CODES", "KINDS", "ROW_WARNINGS", "Code", "Kind", "examples", "kind_of"]

CODES: Mapping[str, Code] = {name: DECLARED[name] for name in vars(messages) if name in DECLARED}
"""In the order of the sentences."""


def examples(*subjects: Subject) -> Mapping[str, str]:
    """An example of each code of these subjects."""
    return {code: declared.example for code, declared in CODES.items() if declared.subject in subjects}


def kind_of(code: str) -> Kind:
    """The kind that a row's error belongs to."""
    return CODES[code].kind if code in CODES else "other"


ROW_WARNINGS = tuple(examples("row_warning"))
"""Codes that a row can have without an error."""
