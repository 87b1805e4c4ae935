"""Reports To across the file and the directory: who is meant, and who would report to themselves.

Pure. The graph is the combined one: what the file says, else what is so today, also through users whom the file does
not mention.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.validation.domain.validation.directory_facts import DirectoryFacts
from services.validation.domain.validation.sheet import Entry
from shared.people import messages
from shared.people.columns import STANDARD
from shared.people.fields import shown
from shared.people.graph import circles
from shared.people.model import Finding, Person
from shared.people.near import Guesses, nearest_address
from shared.people.profile import REPORTS_TO
from shared.people.statuses import LIVE

_COLUMN = STANDARD[REPORTS_TO]


@dataclass(frozen=True, slots=True)
class Manager:
    """Whom a row names: `person` where they are a user already, else a new one of this file; `email` as it is shown."""

    key: str
    email: str
    person: Person | None = None


class Reporting:
    """The managers that the rows name, and the findings about them by row number."""

    def __init__(self, entries: Sequence[Entry], facts: DirectoryFacts, company: str) -> None:
        self._facts = facts
        self._company = company
        self._rows: dict[str, Entry] = {}
        for entry in entries:
            if entry.address:
                self._rows.setdefault(entry.address.key, entry)
        here = {key: entry.address.text for key, entry in self._rows.items() if entry.address}
        self._guesses = Guesses({**facts.candidates, **here}, nearest_address)
        self.managers: dict[int, Manager] = {}
        self.errors: dict[int, Finding] = {}
        for entry in entries:
            self._judge(entry)
        self._find_circles(entries)

    def _judge(self, entry: Entry) -> None:
        if entry.manager_error:
            self.errors[entry.number] = entry.manager_error
        elif entry.manager_address:
            found = self._manager(entry, entry.manager_address.key, entry.manager_address.text)
            if isinstance(found, Finding):
                self.errors[entry.number] = found
            else:
                self.managers[entry.number] = found

    def _manager(self, entry: Entry, key: str, text: str) -> Manager | Finding:
        if entry.address and entry.address.key == key:
            return Finding("reports_to_self", _COLUMN, messages.reports_to_self(), shown(entry.manager))
        if person := self._facts.people.get(key):
            if person.status not in LIVE:
                said = messages.reports_to_inactive(person.name)
                return Finding("reports_to_inactive", _COLUMN, said, shown(entry.manager))
            return Manager(key, person.email, person)
        if row := self._rows.get(key):
            return Manager(key, row.address.text if row.address else text)
        near = self._guesses.find(key)
        said = messages.reports_to_unknown(self._company, near)
        return Finding("reports_to_unknown", _COLUMN, said, shown(entry.manager), near)

    def _find_circles(self, entries: Sequence[Entry]) -> None:
        named = self._named()
        found = circles(self._rows, lambda key: named[key] if key in named else self._facts.manager_key(key))
        if not found:
            return
        said = {circle: self._said(circle) for circle in dict.fromkeys(found.values())}
        for entry in entries:
            circle = found.get(entry.address.key) if entry.address else None
            if circle and entry.number not in self.errors and self._counts(entry):
                value = shown(entry.manager) or None
                self.errors[entry.number] = Finding("reports_to_cycle", _COLUMN, said[circle], value)

    def _named(self) -> Mapping[str, str | None]:
        """Each row's manager as the file says it. One who is an error is nobody: that row has to be corrected first."""
        said = self.managers.keys() | self.errors.keys()
        return {
            key: found.key if (found := self.managers.get(entry.number)) else None
            for key, entry in self._rows.items()
            if entry.number in said
        }

    def _counts(self, entry: Entry) -> bool:
        """Of rows with the same e-mail the first counts, and who says the same as it."""
        first = self._rows[entry.address.key] if entry.address else entry
        return first is entry or first.manager == entry.manager

    def _said(self, circle: Sequence[str]) -> str:
        rows = sorted(self._rows[key].number for key in circle if key in self._rows)
        through = [person.name for key in circle if key not in self._rows and (person := self._facts.people.get(key))]
        return messages.reports_to_cycle(rows, through)
