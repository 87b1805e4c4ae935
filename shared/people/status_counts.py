"""Models that say of each status how many users have it, under the status's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, create_model

from shared.people.statuses import STATUSES, Status

M = TypeVar("M", bound="ByStatus")


class ByStatus(BaseModel):
    """What such models have in common."""

    def of(self, status: Status) -> int:
        """How many users have the status."""
        return getattr(self, status)


def counted(field: Any = ...) -> Callable[[type[M]], type[M]]:
    """Adds a field for each status behind the class's own. field: as pydantic takes it, by default a required one."""

    def add(model: type[M]) -> type[M]:
        fields: dict[str, Any] = dict.fromkeys(STATUSES, (int, field))
        name, module, doc = model.__name__, model.__module__, model.__doc__
        return create_model(name, __base__=model, __module__=module, __doc__=doc, **fields)

    return add


def example(*counts: int) -> dict[str, int]:
    """Counts for a document's example, the first statuses' first."""
    shown: dict[str, int] = dict.fromkeys(STATUSES, 0)
    return shown | dict(zip(STATUSES, counts, strict=False))
