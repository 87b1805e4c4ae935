"""The platform says that somebody is a user already."""

from dataclasses import replace
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.form_validation import (
    FormValues,
    InvalidValues,
    manager_named,
    profile_with,
    rules_of,
)
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import ChangePermissions, Provision, UserCommand
from services.licensing.domain.user.state import Inactive, Nobody, Permission, Profile, User
from services.licensing.read_models.team import addresses, admins
from shared.people.access import PERMISSIONS
from shared.people.address import compare_form
from shared.people.model import Finding
from shared.people.profile import EMAIL, TEXT_FIELDS

_OPTIONAL = {*(f"{field.key}_required" for field in TEXT_FIELDS if field.required), "custom_field_required"}


async def provision_user(
    uow: UnitOfWork, email: str, given: FormValues, permissions: frozenset[Permission] | None = None
) -> UUID:
    """Makes the user Active, with a license; nothing where they are already. Their permissions are as given, None:
    they stay as they are. Returns their id. Raises InvalidValues, Refused ``not_found`` (the company),
    ``licenses_exceeded``, ``email_in_other_company``, ``last_admin``."""
    await uow.lock_company("shared" if permissions is None else "exclusive", None)
    profile = await _profile(uow, email, given)
    user_id, snapshot, licenses = await _present(uow, profile)
    if licenses:
        await uow.decide_licenses(ReserveLicenses(licenses, "provisioned"))
    provision = Provision(user_id, uow.company_id, profile, uow.at)
    commands: list[UserCommand] = [provision]
    if permissions is not None:
        commands = await _with_permissions(uow, user_id, snapshot.state, provision, permissions)
    uow.decide_user(user_id, snapshot, *commands)
    await uow.flush()
    return user_id


async def _with_permissions(
    uow: UnitOfWork, user_id: UUID, user: User, provision: Provision, permissions: frozenset[Permission]
) -> list[UserCommand]:
    remains = await admins.remain(uow.conn, uow.company_id, [user_id])
    change = ChangePermissions(permissions, None, remains, grants=frozenset(PERMISSIONS))
    if not isinstance(user, Inactive):
        return [provision, change]
    # What they are to have no longer, they don't come back with: so they are no admin for a moment.
    return [replace(change, permissions=permissions.intersection(user.access.permissions)), provision, change]


async def _profile(uow: UnitOfWork, email: str, given: FormValues) -> Profile:
    settings = await uow.settings()
    form = rules_of(settings).form({**given.fields, EMAIL: email}, given.custom_fields, None)
    # The platform may know no more of a person than the address; a company's SSO domains don't bind it either.
    findings = [f for f in form.errors if f.code not in _OPTIONAL and f.code != "email_not_sso_domain"]
    own = form.email.key if form.email else None
    manager = await manager_named(uow.conn, uow.company_id, settings.name, form.reports_to, own)
    if isinstance(manager, Finding):
        findings.append(manager)
    if findings or form.email is None or isinstance(manager, Finding):
        raise InvalidValues(findings)
    return profile_with(Profile(email=form.email.text), form, manager, form.email.text)


async def _present(uow: UnitOfWork, profile: Profile) -> tuple[UUID, Snapshot[User], int]:
    """Who has the address in this company, and how many licenses it takes to have them Active."""
    key = compare_form(profile.email)
    held = (await addresses.lock(uow.conn, [key]))[key]
    if held.user_id is not None and held.company_id != uow.company_id:
        raise Refused("email_in_other_company")
    same = (await stream_snapshots.users_by_email(uow.conn, uow.company_id, [key])).get(key, [])
    for one in sorted(same, key=lambda h: isinstance(h.state, Inactive)):
        return one.state.user_id, Snapshot(one.state, one.version), int(isinstance(one.state, Inactive))
    return new_id(), Snapshot(Nobody(), 0), 1
