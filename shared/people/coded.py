"""The decorator by which a sentence (messages.py) declares its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

Subject = Literal["upload", "file", "row", "file_warning", "row_warning"]
"""`upload`: a file that is refused at once. `file` and `row` are errors of a review; a form has those of a row."""
Kind = Literal["email", "reports_to", "list", "missing", "other"]
"""What an admin looks for among the errors of rows."""
KINDS: tuple[Kind, ...] = get_args(Kind)
S = TypeVar("S", bound=Callable[..., str])


@dataclass(frozen=True, slots=True)
class Code:
    """One code: what it is about, its sentence, values to put into it for an example."""

    subject: Subject
    kind: Kind
    say: Callable[..., str]
    values: tuple[Any, ...]

    @property
    def example(self) -> str:
        """Its sentence with these values."""
        return self.say(*self.values)


DECLARED: dict[str, Code] = {}
"""By the sentences' names, which are the codes."""


def coded(subject: Subject, *values: Any, kind: Kind = "other") -> Callable[[S], S]:
    """Declares the code that the sentence is named after."""

    def declare(say: S) -> S:
        DECLARED[say.__name__] = Code(subject, kind, say, values)
        return say

    return declare
