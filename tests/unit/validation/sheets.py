"""A company, its people and sheets as reading gives them, for the tests of the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.validation.domain.validation.directory_facts import DirectoryFacts, Licenses
from services.validation.domain.validation.judgement import JudgedRow, Judgement, judge
from services.validation.domain.validation.sheet import Sheet, prepare
from services.validation.domain.validation.workbook import AnnotationTarget, Column, Reading, SheetRow
from shared.people.address import compare_form
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField, Person
from shared.people.rules import Rules
from shared.people.statuses import Status
from tests.spec import replace

COMPANY = CompanySettings(
    "Northwind Trading",
    (),
    ("Sales", "Engineering", "Finance"),
    ("EMEA", "APAC"),
    (CustomField("Cost Center"), CustomField("Level", False, ("IC", "Lead"))),
)
HEAD = ("Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To", "Cost Center", "Level")
ROOMY = Licenses(purchased=100, occupied=10)


def address(local: str) -> str:
    return local if "@" in local else f"{local}@northwind.example"


def user(local: str, boss: str | None = None, status: Status = "active", **fields: str) -> Person:
    """A user whose id is the local part of the address, and their manager's likewise."""
    person = Person(
        user_id=local,
        email=address(local),
        status=status,
        first_name=local.capitalize(),
        last_name="Lee",
        functional_area="Sales",
        title="AE",
        region="EMEA",
        reports_to_id=boss,
        version=4,
    )
    return replace(person, **fields)


def facts(
    *people: Person,
    licenses: Licenses = ROOMY,
    elsewhere: Sequence[str] = (),
    suggest: Sequence[str] = (),
    seats: Mapping[str, Licenses] | None = None,
) -> DirectoryFacts:
    by_key = {compare_form(person.email): person for person in people}
    return DirectoryFacts(
        licenses,
        by_key,
        {person.user_id: key for key, person in by_key.items()},
        frozenset(map(address, elsewhere)),
        {compare_form(text): text for text in suggest},
        seats or {},
    )


def reading(
    *rows: Sequence[str],
    head: Sequence[str] = HEAD,
    first: int = 2,
    hidden_rows: Sequence[int] = (),
    hidden_columns: Sequence[int] = (),
    unnamed: Sequence[int] = (),
    faults: Mapping[int, Mapping[int, str]] | None = None,
) -> Reading:
    """Rows from number `first` on, short ones filled with blanks; `faults` by row number."""
    columns = [Column(at, text, at in hidden_columns) for at, text in enumerate(head)]
    wide = [[*row, *[""] * (len(head) - len(row))] for row in rows]
    sheet_rows = [SheetRow(n, cells, (faults or {}).get(n, {})) for n, cells in enumerate(wide, first)]
    target = AnnotationTarget("xl/worksheets/sheet1.xml", first - 1, len(head) - 1, len(head), False)
    return Reading("People", first - 1, columns, sheet_rows, hidden_rows, unnamed, target)


def new(local: str, *rest: str) -> list[str]:
    """A good row of a new user; `rest` from Title on."""
    return [address(local), "Ann", "Lee", "Sales", *rest]


def change(local: str, boss: str = "", title: str = "") -> list[str]:
    """A row of an existing user that says little."""
    return [address(local), "", "", "", title, "", boss and address(boss)]


def prepared(read: Reading, company: CompanySettings = COMPANY, domains: Sequence[str] = ()) -> Sheet:
    return prepare(read, Headers(company), Rules(company, domains))


@dataclass(frozen=True, slots=True)
class WithRows(Judgement):
    """The verdict on a file, and on each of its rows."""

    rows: Sequence[JudgedRow]


def judged(
    read: Reading,
    directory: DirectoryFacts | None = None,
    company: CompanySettings = COMPANY,
    domains: Sequence[str] = (),
) -> WithRows:
    rules, rows = Rules(company, domains), list[JudgedRow]()
    verdict = judge(prepare(read, Headers(company), rules), rules, directory or facts(), rows.append)
    return WithRows(verdict.counts, verdict.seats, verdict.errors, verdict.warnings, rows)


def codes(row: JudgedRow) -> list[str]:
    return [error.code for error in row.errors]
