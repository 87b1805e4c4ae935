"""Inviting one user in a form."""

from uuid import UUID

from services.licensing.decisions.ledger import ReserveLicenses
from services.licensing.decisions.user_commands import (
    Invite,
)
from services.licensing.heads import Head
from services.licensing.refusals import Refused
from services.licensing.team import addresses
from services.licensing.user import Actor, Nobody, Profile
from services.licensing.work.desk import Desk, new_id
from services.licensing.work.findings import Given, Unfit, address_free_for, manager_named, profile_with, rules_of
from shared.people.address import Address as Email
from shared.people.model import Finding
from shared.people.rules import Form


async def invite(desk: Desk, given: Given, by: Actor) -> UUID:
    """Returns the new user's id. Raises Unfit with the row's errors, Refused ``user_exists`` and
    ``licenses_exceeded``."""
    await desk.beside_others()
    settings = await desk.settings()
    form = rules_of(settings).form(given.fields, given.custom_fields, None)
    manager = await manager_named(
        desk.conn, desk.company_id, settings.name, form.reports_to, form.email and form.email.key
    )
    findings = [*form.errors, *([manager] if isinstance(manager, Finding) else [])]
    if form.email is None or isinstance(manager, Finding):
        raise Unfit(findings)
    address = await _claim(desk, form, form.email, findings)
    await desk.licenses(ReserveLicenses(1, "invitation"))
    user_id, profile = new_id(), profile_with(Profile(form.email.text), form, manager, form.email.text)
    command = Invite(user_id, desk.company_id, profile, address.plan, new_id(), by, desk.at, desk.terms.lifetime)
    desk.decide(user_id, Head(Nobody(), 0), command)
    await desk.done()
    return user_id


async def _claim(desk: Desk, form: Form, email: Email, findings: list[Finding]) -> addresses.Address:
    address = (await addresses.lock(desk.conn, [email.key]))[email.key]
    taken = await address_free_for(desk.conn, desk.company_id, email, address)
    if taken is not None:
        findings.append(taken)
    if findings:
        raise Unfit(findings)
    if address.user_id is not None:
        raise Refused("user_exists")
    return address
