"""What a form or an edit says, judged by the rules of people and by what is so in the company."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from msgspec import structs

from services.licensing.application import stream_snapshots
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Inactive, Manager, Member, Profile
from shared.people import messages, model
from shared.people.address import Address as Email
from shared.people.address import compare_form
from shared.people.columns import STANDARD
from shared.people.methodologies import Named
from shared.people.model import CUSTOM, Finding, Person
from shared.people.near import nearest_address
from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, REPORTS_TO, TEXT_KEYS
from shared.people.rules import Form, Rules
from shared.postgres.database import Connection


class InvalidValues(Exception):
    """Values that can't be taken; ``findings`` are the row errors (docs/errors.md), all at once, each of them once, and
    ``of`` those of each user, where they are about users."""

    def __init__(self, findings: Sequence[Finding], of: Mapping[UUID, Sequence[Finding]] | None = None) -> None:
        super().__init__(", ".join(finding.code for finding in findings))
        self.findings = tuple(findings)
        self.of = of or {}


@dataclass(frozen=True, slots=True)
class FormValues:
    """What a form or an edit holds: standard fields by name, custom ones by theirs; None clears. ``methodologies``: the
    ids of those that the user shall have a seat of, None where nothing is said of them."""

    fields: Mapping[str, str | None]
    custom_fields: Mapping[str, str | None]
    methodologies: frozenset[str] | None = None


def rules_of(settings: CompanySettings) -> Rules:
    """The rules of a company."""
    custom = tuple(model.CustomField(f.name, f.required, f.values) for f in settings.custom_fields)
    methodologies = tuple(model.Methodology(m.id, m.name) for m in settings.methodologies)
    company = model.CompanySettings(
        settings.name, settings.sso_domains, settings.functional_areas, settings.regions, custom, methodologies
    )
    return Rules(company)


def person_of(user: Member) -> Person:
    """The user as the rules see them."""
    p = user.profile
    texts: dict[str, Any] = {key: getattr(p, key) for key in TEXT_KEYS}
    manager_id = None if p.reports_to is None else str(p.reports_to.user_id)
    return Person(
        user_id=str(user.user_id),
        email=p.email,
        status=user.status,
        **texts,
        reports_to_id=manager_id,
        custom_fields=p.custom_fields,
    )


def profile_with(present: Profile, form: Form, manager: Manager | None, email: str | None = None) -> Profile:
    """The profile with a form's values in it. ``manager`` is who the form's Reports To means."""
    values = form.values
    custom = dict(present.custom_fields)
    for key, value in values.items():
        if key.startswith(CUSTOM):
            custom.pop(key[len(CUSTOM) :], None)
            if value:
                custom[key[len(CUSTOM) :]] = value
    if form.reports_to is None and REPORTS_TO not in values:
        manager = present.reports_to
    texts: dict[str, Any] = {key: values.get(key, getattr(present, key)) for key in TEXT_KEYS}
    for name in (FIRST_NAME, LAST_NAME):
        texts[name] = texts[name] or ""
    return structs.replace(present, email=email or present.email, **texts, reports_to=manager, custom_fields=custom)


def unknown_methodologies(rules: Rules, given: FormValues) -> list[Finding]:
    """What is said of ids that are none of the company's methodologies: one error for all of them, as of a cell."""
    wanted = given.methodologies or frozenset()
    known = {each.id for each in rules.company.methodologies}
    if not (unknown := sorted(wanted - known)):
        return []
    return [rules.methodologies.unknown(unknown, ", ".join(sorted(wanted)), Named(tuple(sorted(wanted & known))))]


def require_known(settings: CompanySettings, methodologies: Iterable[str]) -> None:
    """Raises Refused ``methodology_unknown`` where the company has bought no seats of one of these."""
    if unknown := sorted(set(methodologies) - settings.purchased_seats.keys()):
        raise Refused("methodology_unknown", methodologies=unknown)


_LEFT_OPEN = {"functional_area_required", "custom_field_required"}


def tolerant(form: Form, rules: Rules) -> Form:
    """What a directory says: it need not know what a company wants to know of its people beside their names, and may
    clear it. An admin sees in My Team where it is blank."""
    missing = {finding.column for finding in form.errors if finding.code in _LEFT_OPEN}
    cleared = {field.key: None for field in rules.fields if field.column in missing}
    errors = tuple(finding for finding in form.errors if finding.code not in _LEFT_OPEN)
    return replace(form, values={**form.values, **cleared}, errors=errors)


async def manager_named(
    conn: Connection, company_id: UUID, company_name: str, email: Email | None, own_key: str | None
) -> Manager | Finding | None:
    """Whom Reports To means, or what is wrong with it. ``own_key`` is the user's own address, compared form."""
    if email is None:
        return None
    if email.key == own_key:
        return _reports_to("reports_to_self", messages.reports_to_self(), email)
    match await holder(conn, company_id, email.key):
        case None:
            near = nearest_address(email.key, await stream_snapshots.addresses_like(conn, company_id, email.key))
            said = messages.reports_to_unknown(company_name, near, "form")
            return _reports_to("reports_to_unknown", said, email, near)
        case Inactive() as user:
            return _reports_to("reports_to_inactive", messages.reports_to_inactive(person_of(user).name), email)
        case user:
            return stream_snapshots.as_manager(user)


def circle_with(manager: Member) -> Finding:
    """Said where the manager reports up to the user already."""
    said = messages.reports_to_cycle_of_one(person_of(manager).name)
    return Finding("reports_to_cycle", STANDARD[REPORTS_TO], said, manager.profile.email)


def is_inactive(user: Member, email: Email) -> Finding:
    """Said where an address is that of an Inactive user of the company."""
    return Finding("user_inactive", STANDARD[EMAIL], messages.user_inactive(person_of(user).name, "form"), email.text)


def in_other_company(email: Email) -> Finding:
    """Said where somebody of another company has the address, and only where nothing else is wrong: whoever tries
    addresses is to learn of as few as can be."""
    return Finding("email_in_other_company", STANDARD[EMAIL], messages.email_in_other_company("form"), email.text)


async def holder(conn: Connection, company_id: UUID, key: str) -> Member | None:
    """The company's user under an address in compared form, a live one before an Inactive one."""
    found = [
        snapshot.state for snapshot in (await stream_snapshots.users_by_email(conn, company_id, [key])).get(key, [])
    ]
    return min(found, key=lambda user: isinstance(user, Inactive), default=None)


def email_key(user: Member) -> str:
    """The user's address in compared form."""
    return compare_form(user.profile.email)


async def guessed(conn: Connection, company_id: UUID, findings: Iterable[Finding]) -> dict[Finding, Finding]:
    """Each of the findings with what was probably meant: where Reports To is a name, the address of the one user who
    has it."""
    return {finding: await _with_address(conn, company_id, finding) for finding in findings}


async def _with_address(conn: Connection, company_id: UUID, finding: Finding) -> Finding:
    if finding.code != "reports_to_invalid" or finding.suggestion or not finding.value:
        return finding
    found = await stream_snapshots.addresses_of_name(conn, company_id, finding.value)
    if len(found) != 1:
        return finding
    return replace(finding, suggestion=found[0], message=messages.reports_to_invalid(found[0]))


def _reports_to(code: str, said: str, email: Email, near: str | None = None) -> Finding:
    return Finding(code, STANDARD[REPORTS_TO], said, email.text, near)
