"""Inviting one user in a form."""

from uuid import UUID

from services.licensing.application.form_validation import (
    FormValues,
    InvalidValues,
    guessed,
    holder,
    in_other_company,
    is_inactive,
    manager_named,
    person_of,
    profile_with,
    rules_of,
    tolerant,
    unknown_methodologies,
)
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import ChangeMethodologies, ChangePermissions, Invite, Provision
from services.licensing.domain.user.state import Actor, Inactive, Nobody, Permission, Profile
from services.licensing.read_models.invitations.sent import recent_invitations
from services.licensing.read_models.team import addresses
from shared.people.address import compare_form
from shared.people.model import Finding
from shared.people.profile import EMAIL
from shared.people.text import clean_address


async def invite_user(
    uow: UnitOfWork,
    given: FormValues,
    by: Actor,
    permissions: frozenset[Permission] = frozenset(),
    *,
    joined: bool = False,
) -> UUID:
    """Returns the new user's id. ``joined``: they are Active at once, without a mail. Raises Refused ``user_exists``
    before anything else, InvalidValues with all the errors that a row of a file would have, Refused
    ``licenses_exceeded``, ``methodology_seats_exceeded``, ``platform_grants``."""
    await uow.lock_company("shared", by)
    settings = await uow.settings()
    rules = rules_of(settings)
    written = rules.email(clean_address(given.fields.get(EMAIL) or ""), of_new_user=False)
    email, address = written.address, addresses.Address()
    # What is written may be a near miss of a user's address: what else is wrong is then said as of them.
    about = email.key if email else compare_form((written.error and written.error.suggestion) or "")
    if email is not None:
        address = (await addresses.lock(uow.conn, [email.key]))[email.key]
    known = await holder(uow.conn, uow.company_id, about) if about else None
    if email is not None and known is not None and not isinstance(known, Inactive):
        raise Refused("user_exists")
    form = rules.form(given.fields, given.custom_fields, None, known and person_of(known))
    if by.is_directory:
        form = tolerant(form, rules)
    manager = await manager_named(uow.conn, uow.company_id, settings.name, form.reports_to, email and email.key)
    findings = [
        *form.errors,
        *([manager] if isinstance(manager, Finding) else []),
        *unknown_methodologies(rules, given),
    ]
    if email is not None and known is not None:
        findings.insert(0, is_inactive(known, email))
    if email is not None and address.user_id is not None and not findings:
        findings.append(in_other_company(email))
    if findings or email is None or isinstance(manager, Finding):
        better = await guessed(uow.conn, uow.company_id, findings)
        raise InvalidValues([better[finding] for finding in findings])
    methodologies = given.methodologies or frozenset()
    user_id, profile = new_id(), profile_with(Profile(email=email.text), form, manager, email.text)
    if joined:
        await uow.decide_licenses(ReserveLicenses(1, "provisioned"))
        uow.decide_user(user_id, Snapshot(Nobody(), 0), Provision(user_id, uow.company_id, profile, uow.at))
        await uow.flush()
        return user_id
    await uow.check_daily_limit(1)
    await uow.decide_licenses(ReserveLicenses(1, "invitation"))
    sent = await recent_invitations(uow.conn, [email.key], uow.policy.address_limit, uow.at)
    command = Invite(
        user_id,
        uow.company_id,
        profile,
        address.plan,
        new_id(),
        by,
        uow.at,
        uow.policy.lifetime,
        recent=sent[email.key],
    )
    granted = ChangeMethodologies(methodologies, by), ChangePermissions(permissions, by)
    uow.decide_user(user_id, Snapshot(Nobody(), 0), command, *granted)
    await uow.decide_seats("invitation")
    await uow.flush()
    return user_id
