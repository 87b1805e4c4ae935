"""A corrected value, checked at once: by the rules of values and lists, without what only the whole file and the
directory can say. Whether an address is somebody's, validation says of the corrected file."""

from dataclasses import dataclass

from shared.people import fields, messages
from shared.people.address import Address, compare_form
from shared.people.columns import STANDARD
from shared.people.model import CompanySettings, Finding
from shared.people.profile import EMAIL, METHODOLOGY_COLUMN, REPORTS_TO
from shared.people.rules import Rules
from shared.people.text import clean_address


@dataclass(frozen=True, slots=True)
class AboutRow:
    """Whom the row is about, as far as its review says: `new` where nothing says that it is a user."""

    email: str
    new: bool = True


class ValueCheck:
    """The rules of one company."""

    def __init__(self, company: CompanySettings) -> None:
        self._rules = Rules(company)
        self._fields = {field.column: field for field in self._rules.fields}
        of_methodologies = {METHODOLOGY_COLUMN} if company.methodologies else set[str]()
        self.columns = frozenset({STANDARD[EMAIL], STANDARD[REPORTS_TO], *self._fields, *of_methodologies})
        """The columns that the company has, by their canonical names."""

    def several(self, column: str) -> bool:
        """Whether a cell of that column can hold several values of its list."""
        return column == METHODOLOGY_COLUMN

    def choices(self, column: str) -> tuple[str, ...]:
        """The list that a column's values come from; empty where any text goes."""
        if column == METHODOLOGY_COLUMN:
            return tuple(each.name for each in self._rules.company.methodologies)
        field = self._fields.get(column)
        return field.listed.choices.values if field and field.listed else ()

    def errors(self, column: str, value: str, about: AboutRow) -> tuple[Finding, ...]:
        """What is wrong with a value in that column of that row."""
        if column == STANDARD[EMAIL]:
            error = self._rules.email(clean_address(value), of_new_user=about.new).error
            return (error,) if error else ()
        if column == STANDARD[REPORTS_TO]:
            return self._manager(clean_address(value), about)
        if column == METHODOLOGY_COLUMN:
            found = self._rules.methodologies.check(value)
            return (found,) if isinstance(found, Finding) else ()
        field = self._fields.get(column)
        if field is None:
            return ()
        return fields.check((field,), {field.key: value}, None, "missing" if about.new else "leaves").errors

    def _manager(self, text: str, about: AboutRow) -> tuple[Finding, ...]:
        match self._rules.manager(text) if text else None:
            case Finding() as wrong:
                return (wrong,)
            case Address() as address if address.key == compare_form(about.email):
                said = messages.reports_to_self()
                return (Finding("reports_to_self", STANDARD[REPORTS_TO], said, text),)
            case _:
                return ()
