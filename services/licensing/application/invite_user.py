"""Inviting one user in a form."""

from uuid import UUID

from services.licensing.application.form_validation import (
    Given,
    Unfit,
    guessed,
    holder,
    in_other_company,
    is_inactive,
    manager_named,
    person_of,
    profile_with,
    rules_of,
)
from services.licensing.application.stream_snapshots import Head
from services.licensing.application.unit_of_work import Desk, new_id
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import Invite
from services.licensing.domain.user.state import Actor, Inactive, Nobody, Profile
from services.licensing.read_models.invitations.sent import mailboxes
from services.licensing.read_models.team import addresses
from shared.people.address import compare_form
from shared.people.model import Finding
from shared.people.profile import EMAIL
from shared.people.text import clean_address


async def invite_user(desk: Desk, given: Given, by: Actor) -> UUID:
    """Returns the new user's id. Raises Refused ``user_exists`` before anything else, Unfit with all the errors that a
    row of a file would have, Refused ``licenses_exceeded``."""
    await desk.beside_others(by)
    settings = await desk.settings()
    rules = rules_of(settings)
    written = rules.email(clean_address(given.fields.get(EMAIL) or ""), of_new_user=False)
    email, address = written.address, addresses.Address()
    # What is written may be a near miss of a user's address: what else is wrong is then said as of them.
    about = email.key if email else compare_form((written.error and written.error.suggestion) or "")
    if email is not None:
        address = (await addresses.lock(desk.conn, [email.key]))[email.key]
    known = await holder(desk.conn, desk.company_id, about) if about else None
    if email is not None and known is not None and not isinstance(known, Inactive):
        raise Refused("user_exists")
    form = rules.form(given.fields, given.custom_fields, None, known and person_of(known))
    manager = await manager_named(desk.conn, desk.company_id, settings.name, form.reports_to, email and email.key)
    findings = [*form.errors, *([manager] if isinstance(manager, Finding) else [])]
    if email is not None and known is not None:
        findings.insert(0, is_inactive(known, email))
    if email is not None and address.user_id is not None and not findings:
        findings.append(in_other_company(email))
    if findings or email is None or isinstance(manager, Finding):
        better = await guessed(desk.conn, desk.company_id, findings)
        raise Unfit([better[finding] for finding in findings])
    await desk.invitations(1)
    await desk.licenses(ReserveLicenses(1, "invitation"))
    user_id, profile = new_id(), profile_with(Profile(email.text), form, manager, email.text)
    sent = await mailboxes(desk.conn, [email.key], desk.terms.pace, desk.at)
    command = Invite(
        user_id, desk.company_id, profile, address.plan, new_id(), by, desk.at, desk.terms.lifetime,
        mailbox=sent[email.key],
    )  # fmt: skip
    desk.decide(user_id, Head(Nobody(), 0), command)
    await desk.done()
    return user_id
