"""Editing users: fields, manager, and the e-mail of who is invited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.licensing.application import restate_users, stream_snapshots
from services.licensing.application.bulk import Reason, RefusedForSome, decide_each, found
from services.licensing.application.form_validation import (
    FormValues,
    InvalidValues,
    circle_with,
    email_key,
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
from services.licensing.domain.refusals import Refused
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.commands import ChangeMethodologies, ChangeProfile, Readdress, UserCommand
from services.licensing.domain.user.events import UserChanged
from services.licensing.domain.user.invitation_limits import RecentInvitations
from services.licensing.domain.user.state import Actor, Manager, Member, PendingTransfer, Waiting
from services.licensing.read_models.invitations.sent import recent_invitations
from services.licensing.read_models.team import addresses
from shared.eventsourcing.events import Recorded
from shared.people.address import Address as Email
from shared.people.model import Finding
from shared.people.profile import REPORTS_TO
from shared.people.rules import Form, Rules
from shared.people.statuses import FACTS


async def edit_users(uow: UnitOfWork, user_ids: Sequence[UUID], given: FormValues, by: Actor) -> None:
    """The same fields for all of them. What only a directory may, it may by ``by``: rename who has joined, change who
    is Inactive, and leave blank what a form requires. Raises Refused ``email_fixed`` and ``user_exists`` before
    anything else, RefusedForSome, InvalidValues, Refused ``methodology_seats_exceeded``."""
    if REPORTS_TO in given.fields:
        await uow.lock_company("exclusive", by)  # two edits at once could close a circle that neither sees
    else:
        await uow.lock_company("shared", by)
    users = await found(uow, user_ids)
    settings = await uow.settings()
    rules = rules_of(settings)
    forms = {i: _form(rules, given, snapshot.state, by) for i, snapshot in users.items()}
    moves = {i: await _move(uow, users[i].state, form.email, by) for i, form in forms.items()}
    _refuse_inactive(users, by)
    manager, wrong = await _manager(uow, settings.name, forms, {i: snapshot.state for i, snapshot in users.items()})
    unknown, findings = unknown_methodologies(rules, given), dict[UUID, list[Finding]]()
    for i, form in forms.items():
        findings[i] = [*form.errors, *([wrong[i]] if i in wrong else []), *unknown]
        if (move := moves[i]) is not None:
            findings[i] += await _wrong_with(uow, move, findings[i])
    if all_of_them := {finding for each in findings.values() for finding in each}:
        better = await guessed(uow.conn, uow.company_id, all_of_them)
        said = sorted(better.values(), key=lambda finding: (finding.column or "", finding.code))
        raise InvalidValues(said, {i: [better[finding] for finding in each] for i, each in findings.items()})

    if moving := sum(moves[i] is not None and FACTS[users[i].state.status].invited for i in moves):
        await uow.check_daily_limit(moving)

    def commands(user: Member) -> list[UserCommand]:
        changed = [] if given.methodologies is None else [ChangeMethodologies(given.methodologies, by)]
        return [profile_command(user), *changed]

    def profile_command(user: Member) -> UserCommand:
        form, move = forms[user.user_id], moves[user.user_id]
        profile = profile_with(user.profile, form, manager, move and move.to.text)
        if move is None or not isinstance(user, Waiting | PendingTransfer):
            return ChangeProfile(profile, by)
        return Readdress(profile, move.address.plan, new_id(), by, uow.at, uow.policy.lifetime, move.recent)

    decide_each(uow, users, commands)
    await uow.decide_seats()
    await _tell_reports(uow, await uow.flush(), {i for i, move in moves.items() if move is not None})


async def _tell_reports(uow: UnitOfWork, stored: Sequence[Recorded[Event]], moved: Collection[UUID]) -> None:
    """Of those whose address has changed."""
    for recorded in stored:
        event = recorded.event
        if isinstance(event, UserChanged) and event.after.user_id in moved:
            await restate_users.reports_of(uow, recorded, event.after.user_id)


@dataclass(frozen=True, slots=True)
class _Move:
    """Another e-mail for a user: its row is held."""

    to: Email
    address: addresses.Address
    recent: RecentInvitations


async def _move(uow: UnitOfWork, user: Member, to: Email | None, by: Actor) -> _Move | None:
    """None where the e-mail stays. Raises Refused."""
    if to is None or to.key == email_key(user):
        return None
    if not isinstance(user, Waiting | PendingTransfer) and not by.is_directory:
        raise Refused("email_fixed")
    held = (await addresses.lock(uow.conn, [email_key(user), to.key]))[to.key]
    if held.company_id == uow.company_id:
        raise Refused("user_exists")
    return _Move(to, held, (await recent_invitations(uow.conn, [to.key], uow.policy.address_limit, uow.at))[to.key])


async def _wrong_with(uow: UnitOfWork, move: _Move, others: Sequence[Finding]) -> list[Finding]:
    inactive = await holder(uow.conn, uow.company_id, move.to.key)
    if inactive is not None:
        return [is_inactive(inactive, move.to)]
    return [in_other_company(move.to)] if move.address.user_id is not None and not others else []


def _own(user: Member, form: Form) -> set[str]:
    """The user's addresses, the one that they have and the one that they would get."""
    return {email_key(user), *([form.email.key] if form.email else [])}


def _form(rules: Rules, given: FormValues, user: Member, by: Actor) -> Form:
    form = rules.form(given.fields, given.custom_fields, person_of(user))
    return tolerant(form, rules) if by.is_directory else form


def _refuse_inactive(users: Mapping[UUID, Snapshot[Member]], by: Actor) -> None:
    """Who is Inactive stays as they were, by a form as by a file: to be changed they come back first. But for what the
    directory says, which says who its people are."""
    if by.is_directory:
        return
    closed = [i for i, snapshot in users.items() if not FACTS[snapshot.state.status].can_be_changed]
    if closed:
        raise RefusedForSome([Reason(user_id, "not_active") for user_id in closed])


async def _manager(
    uow: UnitOfWork, company: str, forms: Mapping[UUID, Form], users: Mapping[UUID, Member]
) -> tuple[Manager | None, dict[UUID, Finding]]:
    """Whom Reports To means, the same for all of them, or of whom what is wrong with it."""
    email = next((form.reports_to for form in forms.values()), None)
    themselves = [i for i, form in forms.items() if email is not None and email.key in _own(users[i], form)]
    own = email.key if email is not None and themselves else None
    manager = await manager_named(uow.conn, uow.company_id, company, email, own)
    if isinstance(manager, Finding):
        return None, dict.fromkeys(themselves or users, manager)
    if manager is None:
        return None, {}
    above = await stream_snapshots.manager_chains(uow.conn, uow.company_id, [manager.user_id])
    if circle := [i for i in users if i in above]:
        snapshot = (await stream_snapshots.users(uow.conn, uow.company_id, [manager.user_id]))[manager.user_id]
        return None, dict.fromkeys(circle, circle_with(snapshot.state))
    return manager, {}
