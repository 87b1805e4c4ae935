"""The platform says that somebody is a user already."""

from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.form_validation import Given, Unfit, manager_named, profile_with, rules_of
from services.licensing.application.stream_snapshots import Head
from services.licensing.application.unit_of_work import Desk, new_id
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import Provision
from services.licensing.domain.user.state import Inactive, Nobody, Profile, User
from services.licensing.read_models.team import addresses
from shared.people.address import compare_form
from shared.people.model import Finding
from shared.people.profile import EMAIL, TEXT_FIELDS

_OPTIONAL = {*(f"{field.key}_required" for field in TEXT_FIELDS if field.required), "custom_field_required"}


async def provision_user(desk: Desk, email: str, given: Given) -> UUID:
    """Makes the user Active, with a license; nothing where they are already. Returns their id. Raises Unfit, Refused
    ``not_found`` (the company), ``licenses_exceeded``, ``email_in_other_company``."""
    await desk.beside_others(None)
    profile = await _profile(desk, email, given)
    user_id, head, licenses = await _present(desk, profile)
    if licenses:
        await desk.licenses(ReserveLicenses(licenses, "provisioned"))
    desk.decide(user_id, head, Provision(user_id, desk.company_id, profile, desk.at))
    await desk.done()
    return user_id


async def _profile(desk: Desk, email: str, given: Given) -> Profile:
    settings = await desk.settings()
    form = rules_of(settings).form({**given.fields, EMAIL: email}, given.custom_fields, None)
    # The platform may know no more of a person than the address; a company's SSO domains don't bind it either.
    findings = [f for f in form.errors if f.code not in _OPTIONAL and f.code != "email_not_sso_domain"]
    own = form.email.key if form.email else None
    manager = await manager_named(desk.conn, desk.company_id, settings.name, form.reports_to, own)
    if isinstance(manager, Finding):
        findings.append(manager)
    if findings or form.email is None or isinstance(manager, Finding):
        raise Unfit(findings)
    return profile_with(Profile(form.email.text), form, manager, form.email.text)


async def _present(desk: Desk, profile: Profile) -> tuple[UUID, Head[User], int]:
    """Who has the address in this company, and how many licenses it takes to have them Active."""
    key = compare_form(profile.email)
    held = (await addresses.lock(desk.conn, [key]))[key]
    if held.user_id is not None and held.company_id != desk.company_id:
        raise Refused("email_in_other_company")
    same = (await stream_snapshots.users_by_email(desk.conn, desk.company_id, [key])).get(key, [])
    for one in sorted(same, key=lambda h: isinstance(h.state, Inactive)):
        return one.state.user_id, Head(one.state, one.version), int(isinstance(one.state, Inactive))
    return new_id(), Head(Nobody(), 0), 1
