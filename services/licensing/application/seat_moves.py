"""What decisions on users come to for the pools: the seats of methodologies that were taken, used and given back. So a
pool is asked for what users have got, whoever gave it to them, and nothing can be forgotten."""

from collections import Counter
from collections.abc import Mapping

from services.licensing.domain.user.state import MethodologySeat, User, seats_of

_Place = tuple[str, MethodologySeat]


class SeatMoves:
    """Moves of which the pools do not know yet. What was ``had_already`` they do."""

    def __init__(self) -> None:
        self._moved = Counter[_Place]()
        self._ahead = Counter[_Place]()

    def note(self, before: User, after: User) -> None:
        """One user, before and after a decision."""
        was, now = seats_of(before), seats_of(after)
        if was == now:
            return
        for place in now.items() - was.items():
            if self._ahead[place] > 0:
                self._ahead[place] -= 1
            else:
                self._moved[place] += 1
        for place in was.items() - now.items():
            self._moved[place] -= 1

    def had_already(self, seats: Mapping[str, int], seat: MethodologySeat = "reserved") -> None:
        """So many seats of each are there for whom is decided next: reserved at once for all of a batch, or consumed by
        who is invited again."""
        self._ahead.update({(methodology_id, seat): count for methodology_id, count in seats.items()})

    @property
    def gained(self) -> Mapping[str, int]:
        """How many more seats are occupied, by methodology."""
        return self._change(1)

    @property
    def lost(self) -> Mapping[str, int]:
        """How many fewer seats are occupied, by methodology."""
        return self._change(-1)

    @property
    def used(self) -> Mapping[str, int]:
        """How many more seats are consumed, by methodology."""
        return {methodology_id: n for (methodology_id, seat), n in self._moved.items() if seat == "consumed" and n > 0}

    def settle(self) -> None:
        """The pools know."""
        self._moved.clear()

    def _change(self, sign: int) -> Mapping[str, int]:
        occupied = Counter[str]()
        for (methodology_id, _), count in self._moved.items():
            occupied[methodology_id] += sign * count
        return {methodology_id: count for methodology_id, count in occupied.items() if count > 0}
