"""Editing users: fields, manager, and the e-mail of who is invited."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.licensing import heads
from services.licensing.decisions.user_commands import (
    ChangeProfile,
    Readdress,
    UserCommand,
)
from services.licensing.refusals import Refused
from services.licensing.team import addresses
from services.licensing.user import Actor, Manager, Member, PendingTransfer, Waiting
from services.licensing.work.desk import Desk, new_id
from services.licensing.work.each import decide_each, found
from services.licensing.work.findings import (
    Given,
    Unfit,
    address_free_for,
    circle_with,
    email_key,
    manager_named,
    person_of,
    profile_with,
    rules_of,
)
from shared.people import model
from shared.people.model import Finding
from shared.people.rules import Form


async def edit(desk: Desk, user_ids: Sequence[UUID], given: Given, by: Actor) -> None:
    """The same fields for all of them. Raises Unfit, RefusedForSome, Refused ``email_fixed``, ``user_exists``."""
    if model.REPORTS_TO in given.fields:
        await desk.alone()  # two edits at once could close a circle that neither sees
    else:
        await desk.beside_others()
    users = await found(desk, user_ids)
    settings = await desk.settings()
    rules = rules_of(settings)
    forms = {i: rules.form(given.fields, given.custom_fields, person_of(h.state)) for i, h in users.items()}
    manager, wrong = await _manager(desk, settings.name, forms, {i: head.state for i, head in users.items()})
    findings = {i: [*form.errors, *([wrong[i]] if i in wrong else [])] for i, form in forms.items()}
    if all_of_them := {finding for each in findings.values() for finding in each}:
        raise Unfit(sorted(all_of_them, key=lambda finding: (finding.column or "", finding.code)), findings)
    commands = {i: await _command(desk, users[i].state, form, manager, by) for i, form in forms.items()}
    decide_each(desk, users, lambda user: [commands[user.user_id]])
    await desk.done()


async def _manager(
    desk: Desk, company: str, forms: Mapping[UUID, Form], users: Mapping[UUID, Member]
) -> tuple[Manager | None, dict[UUID, Finding]]:
    """Whom Reports To means, the same for all of them, or of whom what is wrong with it."""
    email = next((form.reports_to for form in forms.values()), None)
    themselves = [i for i, user in users.items() if email is not None and email_key(user) == email.key]
    own = email.key if email is not None and themselves else None
    manager = await manager_named(desk.conn, desk.company_id, company, email, own)
    if isinstance(manager, Finding):
        return None, dict.fromkeys(themselves or users, manager)
    if manager is None:
        return None, {}
    above = await heads.chains(desk.conn, desk.company_id, [manager.user_id])
    if circle := [i for i in users if i in above]:
        head = (await heads.users(desk.conn, desk.company_id, [manager.user_id]))[manager.user_id]
        return None, dict.fromkeys(circle, circle_with(head.state))
    return manager, {}


async def _command(desk: Desk, user: Member, form: Form, manager: Manager | None, by: Actor) -> UserCommand:
    if form.email is None or form.email.key == email_key(user):
        return ChangeProfile(profile_with(user.profile, form, manager), by)
    if not isinstance(user, Waiting | PendingTransfer):
        raise Refused("email_fixed")
    held = (await addresses.lock(desk.conn, [email_key(user), form.email.key]))[form.email.key]
    if finding := await address_free_for(desk.conn, desk.company_id, form.email, held):
        raise Unfit([finding])
    if held.user_id is not None:
        raise Refused("user_exists")
    profile = profile_with(user.profile, form, manager, form.email.text)
    return Readdress(profile, held.plan, new_id(), by, desk.at, desk.terms.lifetime)
