"""What the rules have to know of the directory, read in bulk for one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.people.model import Person


@dataclass(frozen=True, slots=True)
class Licenses:
    """The company's licenses, or a methodology's seats, as of now."""

    purchased: int
    occupied: int

    @property
    def available(self) -> int:
        """How many more fit: none while more are occupied than purchased."""
        return max(self.purchased - self.occupied, 0)


@dataclass(frozen=True, slots=True)
class DirectoryFacts:
    """The company's users whom the file mentions and everyone above them.

    `people` by compare form; where an Inactive and a live user share one, the live. `elsewhere`: the addresses that
    live users of other companies hold, without a word of which. `candidates`: addresses of the company by compare form,
    to suggest from; needed only where the file names somebody unknown.
    """

    licenses: Licenses
    people: Mapping[str, Person]
    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """User id → compare form, of the same people."""
    elsewhere: frozenset[str] = frozenset()
    candidates: Mapping[str, str] = field(default_factory=dict[str, str])
    seats: Mapping[str, Licenses] = field(default_factory=dict[str, Licenses])
    """Of each methodology, by its id."""

    def manager_key(self, key: str) -> str | None:
        """The compare form of the address of someone's present manager."""
        person = self.people.get(key)
        return self.keys.get(person.reports_to_id) if person and person.reports_to_id else None

    def manager_of(self, person: Person) -> Person | None:
        """Someone's present manager."""
        key = self.keys.get(person.reports_to_id) if person.reports_to_id else None
        return self.people.get(key) if key else None
