"""Methodologies as forms have them: a box for each with the seats that are left, and what stood in the boxes when the
form was opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.upload.web.ask_link import ask_link
from services.upload.web.licensing_models import MethodologySeats
from shared.people.model import SeatState

NAME, WAS = "methodology", "was.methodologies"
_NONE: Mapping[str, SeatState] = {}


@dataclass(frozen=True, slots=True)
class MethodologyBox:
    """One box. `locked`: they have used it, so it stays theirs. `left`: the seats that are free beside."""

    id: str
    name: str
    left: int
    ticked: bool
    locked: bool
    held: bool

    @property
    def full(self) -> bool:
        """Whether there is no seat for who has none yet."""
        return self.left <= 0 and not self.held

    @property
    def ask(self) -> str | None:
        """Where a seat is asked for, where there is none."""
        return ask_link(methodologies={self.id: 1}) if self.full else None


@dataclass(frozen=True, slots=True)
class MethodologyBoxes:
    """The boxes over what a user `has`, of the company's `pools`; `was` is what they had when the form was opened,
    `wanted` what is ticked in it now."""

    pools: Sequence[MethodologySeats] = ()
    has: Mapping[str, SeatState] = field(default_factory=dict[str, SeatState])
    was: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pools: Sequence[MethodologySeats], has: Mapping[str, SeatState] = _NONE) -> "MethodologyBoxes":
        """As a form begins with them."""
        return cls(pools, has, frozenset(has), frozenset(has))

    def posted(self, sent: Mapping[str, Sequence[str]]) -> "MethodologyBoxes":
        """As a form brought them; one that has no boxes changes nothing. A locked box is not sent."""
        if WAS not in sent:
            return self
        used = {key for key, seat in self.has.items() if seat == "consumed"}
        return MethodologyBoxes(
            self.pools, self.has, frozenset("".join(sent[WAS]).split()), frozenset(sent.get(NAME, ())) | used
        )

    @property
    def items(self) -> list[MethodologyBox]:
        """All of them, in the company's order."""
        return [
            MethodologyBox(
                each.id,
                each.name,
                each.available,
                each.id in self.wanted,
                self.has.get(each.id) == "consumed",
                each.id in self.has,
            )
            for each in self.pools
        ]

    @property
    def before(self) -> str:
        """What the form remembers."""
        return " ".join(sorted(self.was))

    def change(self) -> dict[str, Any]:
        """What the form changed, as licensing takes it: the set as it shall be. What others gave and took meanwhile is
        left alone."""
        has = set(self.has)
        after = (has - (self.was - self.wanted)) | (self.wanted - self.was)
        return {} if after == has else {"methodologies": sorted(after)}
