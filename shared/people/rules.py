"""The rules of one company, made once and asked row by row: the address, the plain fields, the manager's address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.people import fields, messages
from shared.people.address import Address, compare_form, domain_key, near_domain, parse, typo_of
from shared.people.columns import STANDARD
from shared.people.fields import Blank, Field, shown
from shared.people.flaws import flaw_of, repaired
from shared.people.methodologies import Methodologies
from shared.people.model import CUSTOM, CompanySettings, Finding, Person, custom_key
from shared.people.profile import EMAIL, REPORTS_TO
from shared.people.text import clean_address, has_illegal

_EMAIL, _REPORTS_TO = STANDARD[EMAIL], STANDARD[REPORTS_TO]
_SSO_SLIPS = 2  # with SSO domains set there are few to choose from, so a second slip still leaves no doubt


@dataclass(frozen=True, slots=True)
class Checked:
    """One e-mail as far as it can be judged without knowing who has it."""

    address: Address | None
    error: Finding | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """A form or an edit, judged. `values` by key as in `Person.value` (None: cleared), `email` and `reports_to` where
    they were given and are addresses; whether these are free, known and no circle is for who asks to find out."""

    values: Mapping[str, str | None]
    email: Address | None
    reports_to: Address | None
    errors: tuple[Finding, ...]


class Rules:
    """What one company allows. `domains`: those that its users' addresses have, to tell a slip from a habit."""

    def __init__(self, company: CompanySettings, domains: Iterable[str] = ()) -> None:
        self.company = company
        self.fields: tuple[Field, ...] = fields.fields_of(company)
        self.methodologies = Methodologies(company.methodologies)
        self.sso = tuple(dict.fromkeys(domain_key(domain) for domain in company.sso_domains))
        nobodys: frozenset[str] = frozenset()
        self.own = frozenset(self.sso or (domain for domain in domains if not typo_of(domain, nobodys)))

    def email(self, text: str, *, of_new_user: bool, place: messages.Place = "file") -> Checked:
        """A cleaned text as someone's e-mail. SSO domains bind who comes in: who is there already keeps theirs."""
        if not text:
            return Checked(None, Finding("email_required", _EMAIL, messages.email_required(place)))
        if has_illegal(text):
            said = messages.illegal_characters(_EMAIL)
            return Checked(None, Finding("illegal_characters", _EMAIL, said, shown(text)))
        address = parse(text)
        if address is None:
            near = repaired(text, sorted(self.own))
            said = messages.email_invalid(near, flaw_of(text))
            return Checked(None, Finding("email_invalid", _EMAIL, said, shown(text), near))
        if of_new_user:
            return Checked(address, self.not_sso(address, text))
        return Checked(address)

    def not_sso(self, address: Address, text: str) -> Finding | None:
        """The error of an address outside the company's SSO domains, where it has such."""
        if not self.sso or address.domain in self.sso:
            return None
        near = near_domain(address.domain, self.sso, _SSO_SLIPS)
        suggestion = f"{address.text.partition('@')[0]}@{near}" if near else None
        return Finding(
            "email_not_sso_domain",
            _EMAIL,
            messages.email_not_sso_domain(self.company.name, self.sso),
            shown(text),
            suggestion,
        )

    def typo(self, address: Address) -> Finding | None:
        """The warning about a valid address, its domain one slip from a well-known one or from the company's own."""
        near = typo_of(address.domain, self.own)
        if near is None:
            return None
        suggestion = f"{address.text.partition('@')[0]}@{near}"
        return Finding("possible_typo", _EMAIL, messages.possible_typo(suggestion), address.text, suggestion)

    def manager(self, text: str) -> Address | Finding:
        """A cleaned text that is not blank, as the manager's e-mail."""
        if has_illegal(text):
            return Finding("illegal_characters", _REPORTS_TO, messages.illegal_characters(_REPORTS_TO), shown(text))
        if address := parse(text):
            return address
        near = repaired(text, sorted(self.own))
        said = messages.reports_to_invalid(near, flaw_of(text))
        return Finding("reports_to_invalid", _REPORTS_TO, said, shown(text), near)

    def form(
        self,
        given: Mapping[str, str | None],
        custom_fields: Mapping[str, str | None],
        person: Person | None,
        about: Person | None = None,
    ) -> Form:
        """POST /team (`person` None) or PATCH /team/{id}: standard fields by key, custom ones by name; null clears.

        about: whom an invitation's address means already, a user of the company; it is judged as a row of theirs is.
        """
        errors: list[Finding] = []
        email = reports_to = None
        if person is None or EMAIL in given:
            text = clean_address(given.get(EMAIL) or "")
            same = person is not None and compare_form(text) == compare_form(person.email)
            checked = self.email(text, of_new_user=not same and about is None, place="form")
            email = checked.address
            errors += [checked.error] if checked.error else []
        texts = {**given, **{custom_key(name): value for name, value in custom_fields.items()}}
        blank: Blank = "clears" if person else "leaves" if about else "missing"
        found = fields.check(self.fields, texts, person or about, blank)
        errors += found.errors
        values = dict(found.values)
        if manager := clean_address(given.get(REPORTS_TO) or ""):
            judged = self.manager(manager)
            if isinstance(judged, Finding):
                errors.append(judged)
            else:
                reports_to = judged
        elif REPORTS_TO in given:
            values[REPORTS_TO] = None
        errors += self._unknown(custom_fields)
        return Form(values, email, reports_to, tuple(errors))

    def _unknown(self, custom_fields: Mapping[str, str | None]) -> list[Finding]:
        known = {field.column for field in self.fields if field.key.startswith(CUSTOM)}
        return [
            Finding("custom_field_unknown_value", name, messages.custom_field_unknown(name, self.company.name))
            for name in custom_fields
            if name not in known
        ]
