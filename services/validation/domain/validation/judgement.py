"""What each row means, and whether the file as a whole fits: the verdict on one upload. Pure.

A row's outcome is `invite`, `change`, `unchanged` or `error`; one row says all its errors at once. `seats.required`
counts the rows that would be invited, and of each methodology those whose user would get a seat: a row in error takes
none until it is corrected.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.validation.domain.validation.directory_facts import DirectoryFacts, Licenses
from services.validation.domain.validation.reporting_lines import Manager, Reporting
from services.validation.domain.validation.sheet import Entry, Sheet
from services.validation.domain.validation.values import Counts, FileFinding, MethodologySeats, Seats
from shared.people import fields, messages
from shared.people.columns import STANDARD
from shared.people.fields import Field, shown
from shared.people.model import CUSTOM, Finding, Person
from shared.people.profile import EMAIL, METHODOLOGIES, METHODOLOGY_COLUMN, REPORTS_TO
from shared.people.rules import Rules
from shared.people.statuses import FACTS
from shared.people.text import clean, looks_like
from usher_contracts import Outcome

_EMAIL = STANDARD[EMAIL]
_NONE: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after; `field` is a key of shared/people/model.py's, or a custom field's own name. Several
    methodologies are one text."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Presumed:
    """What the row's meaning rests on (usher_contracts.Presumption)."""

    user_id: str | None
    version: int | None
    manager_id: str | None
    manager_status: str | None


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One row with its outcome. `values` by field key, as they would be stored, or as they stand where they are bad;
    `methodologies` are the ids of those that it names, or what stands there, and `granted` those that its user has not
    yet. A row in error presumes nothing but the user whom it is about, None where it is about nobody known."""

    number: int
    outcome: Outcome
    email: str
    values: Mapping[str, str]
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    changes: tuple[Change, ...]
    presumes: Presumed | None
    methodologies: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole file. It can be confirmed where there are no file errors and no rows in error."""

    counts: Counts
    seats: Seats
    errors: tuple[FileFinding, ...]
    warnings: tuple[FileFinding, ...]

    @property
    def passed(self) -> bool:
        """Whether an admin may confirm it."""
        return not self.errors and self.counts.error == 0


def judge(sheet: Sheet, rules: Rules, facts: DirectoryFacts, on_row: Callable[[JudgedRow], None]) -> Judgement:
    """Every row and the file as a whole, for a sheet without errors of its own (`sheet.layout.errors`).

    each: is handed every row, in the sheet's order, as soon as it is judged. None is kept here: 150,000 rows that are
    all wrong would take 250 MB.
    """
    tally = _Tally()
    for row in _Judge(sheet, rules, facts).rows():
        tally.add(row)
        on_row(row)
    counts = tally.counts()
    seats = seats_for(rules, facts, counts.invite, tally.granted)
    errors = tuple(_too_few(seats))
    last = seats.required == seats.available > 0
    said = messages.last_license(seats.required)
    warnings = (*sheet.warnings, *((FileFinding(code="last_license", message=said),) if last else ()))
    return Judgement(counts, seats, errors, warnings)


def seats_for(rules: Rules, facts: DirectoryFacts, required: int = 0, granted: Mapping[str, int] = _NONE) -> Seats:
    """The licenses and the seats of each methodology, beside what the file needs of them."""
    owned = facts.licenses
    pools = ((each, facts.seats.get(each.id, Licenses(0, 0))) for each in rules.company.methodologies)
    methodologies = tuple(
        MethodologySeats(each.id, each.name, pool.purchased, pool.occupied, pool.available, granted.get(each.id, 0))
        for each, pool in pools
    )
    return Seats(owned.purchased, owned.occupied, owned.available, required, methodologies)


class _Tally:
    """Rows by outcome, and those with a warning beside; and how many users would get a seat of which methodology."""

    def __init__(self) -> None:
        self._outcomes = Counter[Outcome]()
        self._warned = 0
        self.granted = Counter[str]()

    def add(self, row: JudgedRow) -> None:
        self.granted.update(row.granted)
        self._outcomes[row.outcome] += 1
        self._warned += bool(row.warnings)

    def counts(self) -> Counts:
        found = self._outcomes
        return Counts(
            rows=found.total(),
            invite=found["invite"],
            change=found["change"],
            unchanged=found["unchanged"],
            error=found["error"],
            warning=self._warned,
        )


def _too_few(seats: Seats) -> Iterator[FileFinding]:
    if seats.required > seats.available:
        said = messages.licenses_exceeded(seats.required, seats.available)
        yield FileFinding(code="licenses_exceeded", message=said, requested=seats.required, available=seats.available)
    for pool in seats.methodologies:
        if pool.required > pool.available:
            yield FileFinding(
                code="methodology_seats_exceeded",
                message=messages.methodology_seats_exceeded(pool.name, pool.required, pool.available),
                columns=(METHODOLOGY_COLUMN,),
                requested=pool.required,
                available=pool.available,
                methodology=pool.id,
            )


class _Judge:
    """The rows of one file, with what they have to do with each other."""

    def __init__(self, sheet: Sheet, rules: Rules, facts: DirectoryFacts) -> None:
        self._entries = sheet.entries
        self._layout = sheet.layout
        self._rules = rules
        self._facts = facts
        self._reporting = Reporting(sheet.entries, facts, rules.company.name)
        self._numbers: dict[str, list[int]] = {}
        for entry in sheet.entries:
            if entry.address:
                self._numbers.setdefault(entry.address.key, []).append(entry.number)

    def rows(self) -> Iterator[JudgedRow]:
        return map(self._row, self._entries)

    def _row(self, entry: Entry) -> JudgedRow:
        person = self._facts.people.get(entry.about) if entry.about else None
        texts, broken = self._layout.texts(entry.row), self._layout.broken(entry.row)
        found = fields.check(self._rules.fields, texts, person, "leaves" if person else "missing", broken)
        wrong = self._reporting.errors.get(entry.number)
        values = {key: value for key, value in found.values.items() if value is not None}
        manager = self._reporting.managers.get(entry.number)
        if manager:
            values[REPORTS_TO] = manager.email
        named, unknown = self._methodologies(texts, broken)
        granted = tuple(key for key in named if not person or key not in person.methodologies)
        changes = tuple(self._changes(person, values, manager, granted)) if person else ()
        others = (*found.errors, *((wrong,) if wrong else ()), *((unknown,) if unknown else ()))
        errors = (*self._email_errors(entry, person, of_use=bool(others or changes)), *others)
        email = entry.address.text if entry.address else shown(entry.email)
        if errors:
            values = {**_as_written(texts, self._rules.fields, values), **values}
            warnings, about = self._typo(entry, person, errors), _presumed(person, None) if person else None
            if unknown and (written := clean(texts.get(METHODOLOGIES, ""))):
                named = (shown(written),)
            return JudgedRow(entry.number, "error", email, values, errors, warnings, (), about, named)
        outcome: Outcome = "invite" if person is None else "change" if changes else "unchanged"
        return JudgedRow(
            entry.number,
            outcome,
            email,
            values,
            (),
            self._warnings(entry, person),
            changes,
            _presumed(person, manager),
            named,
            granted,
        )

    def _methodologies(
        self, texts: Mapping[str, str], broken: Mapping[str, str]
    ) -> tuple[tuple[str, ...], Finding | None]:
        """Which of them the row names, and what is wrong with it."""
        if METHODOLOGIES in broken:
            seen = broken[METHODOLOGIES]
            return (), Finding("cell_error", METHODOLOGY_COLUMN, messages.cell_error(seen), seen or None)
        found = self._rules.methodologies.check(texts.get(METHODOLOGIES, ""))
        return ((), found) if isinstance(found, Finding) else (found, None)

    def _email_errors(self, entry: Entry, person: Person | None, *, of_use: bool) -> Iterator[Finding]:
        """of_use: whether the row would do anything, or is wrong elsewhere. An Inactive user may stand in a file, as in
        an export, and can't be changed by it."""
        if entry.email_error:
            yield entry.email_error
        if (address := entry.address) is None:
            return
        numbers = self._numbers[address.key]
        if len(numbers) > 1:
            yield Finding("email_duplicate", _EMAIL, _said_of_duplicates(numbers, entry.number), shown(entry.email))
        if person is None:
            if wrong := self._rules.not_sso(address, entry.email):
                yield wrong
            elif address.key in self._facts.elsewhere:
                yield Finding("email_in_other_company", _EMAIL, messages.email_in_other_company(), shown(entry.email))
        elif of_use and not FACTS[person.status].can_be_changed:
            yield Finding("user_inactive", _EMAIL, messages.user_inactive(person.name), shown(entry.email))

    def _warnings(self, entry: Entry, person: Person | None) -> tuple[Finding, ...]:
        if person and not FACTS[person.status].can_be_changed:
            said = messages.inactive_unchanged(person.name)
            return (Finding("inactive_unchanged", _EMAIL, said, shown(entry.email)),)
        return self._typo(entry, person, ())

    def _typo(self, entry: Entry, person: Person | None, errors: Sequence[Finding]) -> tuple[Finding, ...]:
        """Only of somebody new whose address stands: a user's is known to be right, a wrong one is corrected anyway."""
        if entry.address is None or person or any(e.column == _EMAIL and e.code != "email_duplicate" for e in errors):
            return ()
        found = self._rules.typo(entry.address)
        return (found,) if found else ()

    def _changes(
        self, person: Person, values: Mapping[str, str], manager: Manager | None, granted: Sequence[str]
    ) -> Iterator[Change]:
        for key, value in values.items():
            if key != REPORTS_TO and not looks_like(present := person.value(key), value):
                yield Change(key.removeprefix(CUSTOM), present or None, value)
        if manager and not (manager.person and manager.person.user_id == person.reports_to_id):
            present_manager = self._facts.manager_of(person)
            yield Change(REPORTS_TO, present_manager.email if present_manager else None, manager.email)
        if granted:
            words = self._rules.methodologies.written
            yield Change(METHODOLOGIES, words(person.methodologies) or None, words({*person.methodologies, *granted}))


def _presumed(person: Person | None, manager: Manager | None) -> Presumed:
    boss = manager.person if manager else None
    return Presumed(
        person.user_id if person else None,
        person.version if person else None,
        boss.user_id if boss else None,
        boss.status if boss else None,
    )


def _said_of_duplicates(numbers: Sequence[int], own: int) -> str:
    """Names the first few of the other rows: of 150,000 equal rows all would be 22 billion numbers."""
    few = [number for number in numbers[: messages.NAMED + 1] if number != own][: messages.NAMED]
    return messages.email_duplicate(own, few, len(numbers) - 1 - len(few))


def _as_written(texts: Mapping[str, str], facts: Sequence[Field], values: Mapping[str, str]) -> dict[str, str]:
    """The cells that are not good values, as they stand."""
    keys = (*(field.key for field in facts), REPORTS_TO)
    return {key: shown(text) for key in keys if key not in values and (text := clean(texts.get(key, "")))}
