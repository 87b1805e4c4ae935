"""What stays of a mail's content when its time is over: that there was such a mail, whose, when and of what kind."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from msgspec import Struct, structs

from services.notification.domain.mail.content import Content

S = TypeVar("S", bound=Struct)


def without_words(content: Content) -> Content:
    """The same content with nothing to read in it: its texts are empty, its lists of people and things too. Ids, times,
    numbers and choices stay, and so the mail's events add up to what they did before."""
    return _emptied(content)


def _emptied(struct: S) -> S:
    changes: dict[str, Any] = {}
    for field in structs.fields(type(struct)):
        value: object = getattr(struct, field.name)
        if isinstance(value, Struct):
            changes[field.name] = _emptied(value)
        elif isinstance(value, tuple):
            changes[field.name] = ()
        elif isinstance(value, str) and _is_text(field.type):
            changes[field.name] = ""
    return structs.replace(struct, **changes)


@cache
def _is_text(annotation: Any) -> bool:
    """Whether anything may be written there; where there is a choice of a few values, nobody wrote it."""
    alternatives = get_args(annotation) if _is_union(annotation) else (annotation,)
    return str in alternatives


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)
