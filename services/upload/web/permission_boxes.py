"""Permissions as forms have them: a box for each, and what stood in the boxes when the form was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.people.access import AUTHORIZE_PURCHASES, PERMISSIONS, Permission

NAME, WAS = "permission", "was.permissions"


@dataclass(frozen=True, slots=True)
class PermissionBox:
    """One box. `fixed`: nobody changes it here, since the platform alone grants it."""

    name: Permission
    ticked: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class PermissionBoxes:
    """The boxes over what a user `has`; `was` is that when the form was opened, `wanted` what is ticked in it now."""

    has: Sequence[str] = ()
    was: Sequence[str] = ()
    wanted: Sequence[str] = ()

    @classmethod
    def of(cls, has: Sequence[str]) -> "PermissionBoxes":
        """As a form begins with them."""
        return cls(has, has, has)

    def posted(self, sent: Mapping[str, Sequence[str]]) -> "PermissionBoxes":
        """As a form brought them; one that has no boxes changes nothing."""
        if WAS not in sent:
            return self
        fixed = [each for each in self.has if each == AUTHORIZE_PURCHASES]
        return PermissionBoxes(self.has, "".join(sent[WAS]).split(), [*sent.get(NAME, ()), *fixed])

    @property
    def items(self) -> list[PermissionBox]:
        """All of them."""
        return [PermissionBox(each, each in self.wanted, each == AUTHORIZE_PURCHASES) for each in PERMISSIONS]

    @property
    def before(self) -> str:
        """What the form remembers."""
        return " ".join(self.was)

    def change(self) -> dict[str, Any]:
        """What the form changed, as licensing takes it; what others gave and took meanwhile is left alone."""
        given, taken = set(self.wanted) - set(self.was), set(self.was) - set(self.wanted)
        after = (set(self.has) - taken) | given
        if after == set(self.has):
            return {}
        return {"permissions": [each for each in PERMISSIONS if each in after]}


NO_BOXES = PermissionBoxes()
"""Of somebody new: nothing is ticked."""
