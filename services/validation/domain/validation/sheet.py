"""What a reading means in a company's terms: which column is which field, and each row's addresses, cleaned.

Pure. This much is known before the directory is asked, and says what it has to be asked about.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.validation.domain.validation.columns import meanings_of
from services.validation.domain.validation.values import FileFinding
from services.validation.domain.validation.workbook import Cases, Reading, SheetRow
from shared.people import messages
from shared.people.address import Address, compare_form
from shared.people.columns import FULL_NAME, STANDARD, Headers, column_name, shown_header, split_name
from shared.people.model import Finding
from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, REPORTS_TO
from shared.people.rules import Rules
from shared.people.text import clean_address, harmless
from shared.workbooks.cells import column_letter

_MAX_NAMED_COLUMNS = 50
"""Columns that get a warning of their own: a sheet can have 1,000, and a message stays under 256 KiB."""
_MAX_LISTED_ROWS = 100
"""Rows that a warning lists."""
_MAX_HEADER_LENGTH = 120
_NAMES = (FIRST_NAME, LAST_NAME)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns by field: `positions` where in a row's cells each field stands, `full_name` where both names stand in
    one: it says the name of whom the other columns leave blank."""

    positions: Mapping[str, int]
    errors: tuple[FileFinding, ...]
    warnings: tuple[FileFinding, ...]
    full_name: int | None = None
    full_name_header: str | None = None

    def texts(self, row: SheetRow) -> dict[str, str]:
        """What stands in the row, by field, without what is blank."""
        texts = {key: text for key, at in self.positions.items() if (text := row.cells[at])}
        if self.full_name is not None and (name := row.cells[self.full_name]):
            for key, text in zip(_NAMES, split_name(name), strict=True):
                if text:
                    texts.setdefault(key, text)
        return texts

    def broken(self, row: SheetRow) -> Mapping[str, str]:
        """What the faulty cells show, by field."""
        if not row.faults:
            return {}
        broken = {key: row.faults[at] for key, at in self.positions.items() if at in row.faults}
        if self.full_name is not None and (fault := row.faults.get(self.full_name)) is not None:
            broken |= {key: fault for key in _NAMES if not self._has(row, key)}
        return broken

    def _has(self, row: SheetRow, key: str) -> bool:
        return key in self.positions and bool(row.cells[self.positions[key]] or self.positions[key] in row.faults)

    def marked(self) -> Mapping[str, int]:
        """Where what is wrong with a field is marked."""
        both = dict.fromkeys(_NAMES, self.full_name) if self.full_name is not None else {}
        return {**both, **self.positions}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it was read, and its two addresses, judged already.

    `about` is the compare form of the e-mail that the row is about: its own, or the one that a wrong one was meant to
    be, so that nobody is told to fill in the name of a user who has one.
    """

    row: SheetRow
    email: str
    address: Address | None
    email_error: Finding | None
    about: str | None
    manager: str
    manager_address: Address | None
    manager_error: Finding | None

    @property
    def number(self) -> int:
        """The row's number as in the sheet."""
        return self.row.number


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of the sheet that counts."""

    layout: Layout
    entries: Sequence[Entry]
    warnings: tuple[FileFinding, ...]

    def asked_about(self) -> set[str]:
        """The compare forms of every address that the file mentions."""
        return {entry.about for entry in self.entries if entry.about} | self._managers()

    def managers_elsewhere(self) -> set[str]:
        """Of these, the managers who have no row of their own."""
        return self._managers() - {entry.address.key for entry in self.entries if entry.address}

    def _managers(self) -> set[str]:
        return {entry.manager_address.key for entry in self.entries if entry.manager_address}


def prepare(reading: Reading, headers: Headers, rules: Rules) -> Sheet:
    """The reading as rows of people. `headers` and `rules` are the company's."""
    layout = layout_of(reading, headers)
    # A file names few managers many times: one address for all who report to them.
    manager = lru_cache(maxsize=8192)(rules.manager)
    entries = [_entry(row, layout, rules, manager) for row in reading.rows]
    return Sheet(layout, entries, (*layout.warnings, *_cases(reading, layout)))


def layout_of(reading: Reading, headers: Headers) -> Layout:
    """Which column means which field; two that mean the same are an error, one that means nothing a warning."""
    found: dict[str, list[int]] = {}
    unknown, mapped = list[str](), list[tuple[str, str | None]]()
    for at, meaning in enumerate(meanings_of(reading.columns, headers)):
        name = _named(reading.columns[at].header)
        if meaning.key:
            found.setdefault(meaning.key, []).append(at)
        elif name and not (meaning.by or meaning.ours):
            unknown.append(name)
        if meaning.remembered:
            mapped.append((name, meaning.key and column_name(meaning.key)))
    errors = tuple(
        _duplicate(key, [reading.columns[at].header for at in at_all], reading.sheet)
        for key, at_all in found.items()
        if len(at_all) > 1
    )
    warnings = (*_unknown(unknown, reading), *_unnamed(reading), *_mapped(mapped, reading))
    positions = {key: at_all[0] for key, at_all in found.items()}
    full_name = positions.pop(FULL_NAME, None)
    header = None if full_name is None else shown_header(reading.columns[full_name].header)
    return Layout(positions, errors, warnings, full_name, header)


def _named(header: str) -> str:
    """A header as findings repeat it. No database takes a NUL, and a warning must not be what stops a batch."""
    return harmless(header)[:_MAX_HEADER_LENGTH]


def _duplicate(key: str, headers: Sequence[str], sheet: str) -> FileFinding:
    shown = tuple(_named(header) for header in headers[:_MAX_NAMED_COLUMNS])
    said = messages.duplicate_column(column_name(key), shown)
    return FileFinding(code="duplicate_column", message=said, columns=shown, sheet=sheet)


def _unknown(names: Sequence[str], reading: Reading) -> Iterator[FileFinding]:
    for name in names[:_MAX_NAMED_COLUMNS]:
        said = messages.unknown_column(name)
        yield FileFinding(code="unknown_column", message=said, columns=(name,), sheet=reading.sheet)
    if (rest := len(names) - _MAX_NAMED_COLUMNS) > 0:
        yield FileFinding(code="unknown_column", message=messages.unknown_columns(rest), sheet=reading.sheet)


def _mapped(mapped: Sequence[tuple[str, str | None]], reading: Reading) -> Iterator[FileFinding]:
    for name, field in mapped[:_MAX_NAMED_COLUMNS]:
        said = messages.column_mapped(name, field)
        yield FileFinding(code="column_mapped", message=said, columns=(name,), sheet=reading.sheet)
    if (rest := len(mapped) - _MAX_NAMED_COLUMNS) > 0:
        yield FileFinding(code="column_mapped", message=messages.columns_mapped(rest), sheet=reading.sheet)


def _unnamed(reading: Reading) -> Iterator[FileFinding]:
    if letters := [column_letter(index) for index in reading.unnamed_columns]:
        said = messages.column_without_header(letters)
        yield FileFinding(
            code="unknown_column", message=said, columns=tuple(letters[:_MAX_NAMED_COLUMNS]), sheet=reading.sheet
        )


def _cases(reading: Reading, layout: Layout) -> Iterator[FileFinding]:
    """What else has to be looked at: other sheets, and cells that are hidden, merged or have lost digits."""
    if reading.others:
        said = messages.other_sheets(reading.sheet, [(other.name, other.rows) for other in reading.others])
        yield FileFinding(code="other_sheets", message=said, sheet=reading.sheet)
    read = dict.fromkeys((*layout.positions.values(), *layout.marked().values()))
    hidden = [reading.columns[at].index for at in read if reading.columns[at].hidden]
    if reading.hidden_rows or hidden:
        said = messages.hidden_rows(len(reading.hidden_rows), len(hidden))
        yield _case("hidden_rows", said, reading, Cases(reading.hidden_rows, hidden))
    for code, say, cases in (
        ("merged_value", messages.merged_value, reading.merged),
        ("digits_lost", messages.digits_lost, reading.digits_lost),
    ):
        if cases.rows:
            yield _case(code, say(len(cases.rows), _headers(reading, cases.columns)), reading, cases)


def _case(code: str, said: str, reading: Reading, cases: Cases) -> FileFinding:
    columns = _headers(reading, cases.columns)
    return FileFinding(
        code=code,
        message=said,
        sheet=reading.sheet,
        rows=tuple(cases.rows[:_MAX_LISTED_ROWS]),
        columns=columns[:_MAX_NAMED_COLUMNS],
    )


def _headers(reading: Reading, columns: Sequence[int]) -> tuple[str, ...]:
    """The headers of columns by index, in the order of these."""
    headers = {column.index: column.header for column in reading.columns}
    return tuple(_named(headers[index]) for index in columns)


def _entry(row: SheetRow, layout: Layout, rules: Rules, judged: Callable[[str], Address | Finding]) -> Entry:
    texts, broken = layout.texts(row), layout.broken(row)
    email, manager = clean_address(texts.get(EMAIL, "")), clean_address(texts.get(REPORTS_TO, ""))
    address = about = manager_address = manager_error = None
    if EMAIL in broken:
        email_error = _cell_error(EMAIL, broken[EMAIL])
    else:
        checked = rules.email(email, of_new_user=False)
        address, email_error = checked.address, checked.error
        about = address.key if address else _meant(email_error)
    if REPORTS_TO in broken:
        manager_error = _cell_error(REPORTS_TO, broken[REPORTS_TO])
    elif manager:
        match judged(manager):
            case Finding() as manager_error:
                pass
            case manager_address:
                pass
    return Entry(row, email, address, email_error, about, manager, manager_address, manager_error)


def _cell_error(key: str, seen: str) -> Finding:
    return Finding("cell_error", STANDARD[key], messages.cell_error(seen), seen or None)


def _meant(error: Finding | None) -> str | None:
    return compare_form(error.suggestion) if error and error.suggestion else None
