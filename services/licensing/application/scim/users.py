"""A directory creates, changes and deletes users. Whatever is done is done by the use cases of admins, and so by the
same deciders: SCIM has no way around licenses. What is its own are the ids, and what the directory has said that is no
fact about a user (read_models/scim_users/table.py).

A directory's commands are alone in their company: users and managers of one sync depend on each other.
"""

from collections.abc import Callable
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.cancel_invitations import cancel_invitations
from services.licensing.application.deactivate_users import deactivate_users
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import holder
from services.licensing.application.invite_user import invite_user
from services.licensing.application.reactivate_users import reactivate_users
from services.licensing.application.scim import managers
from services.licensing.application.scim.people import (
    attributes_of,
    judged_profile,
    manager_name,
    said_of,
    values_of,
    whole_values,
    with_clearings,
)
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Active, Actor, Inactive, Member, Profile
from services.licensing.formats.scim.person import EXTERNAL_ID, Said
from services.licensing.read_models.scim_users import query, table
from services.licensing.read_models.scim_users.query import ScimUser
from services.licensing.read_models.scim_users.table import ScimRow
from shared.core.crash_points import reached
from shared.people.address import compare_form
from shared.people.profile import EMAIL, REPORTS_TO
from shared.people.text import clean_address

Precondition = Callable[[ScimUser], bool]
"""Whether the resource is the one that the directory knows (If-Match)."""


async def create_user(uow: UnitOfWork, said: Said, by: Actor) -> ScimUser:
    """A new resource. Who is Inactive comes back: the directory sees a new person. Raises Refused ``user_exists``,
    ``licenses_exceeded``, InvalidValues."""
    await uow.lock_company("exclusive", by)
    key = _key(said.texts.get(EMAIL))
    known = await holder(uow.conn, uow.company_id, key) if key else None
    if known is not None and not isinstance(known, Inactive):
        raise Refused("user_exists")
    if known is None:
        row = await table.off_the_list(uow.conn, uow.company_id, key)
    else:
        row = await table.of_user(uow.conn, uow.company_id, known.user_id)
    return await _bring_about(uow, row, known, said, said, by, active=said.active is not False)


async def replace_user(uow: UnitOfWork, resource_id: UUID, said: Said, by: Actor, known: Precondition) -> ScimUser:
    """The resource as the directory sends it whole. Raises as ``change_user``."""
    await uow.lock_company("exclusive", by)
    user, row = await _found(uow, resource_id, known)
    return await _change(uow, user, row, with_clearings(said, row).beyond(said_of(user)), said, by)


async def change_user(
    uow: UnitOfWork, resource_id: UUID, read: Callable[[Said], Said], by: Actor, known: Precondition
) -> ScimUser:
    """The resource with what ``read`` changes of it. Raises Refused ``not_found``, ``precondition_failed``,
    ``user_exists``, ``licenses_exceeded``, RefusedForSome, InvalidValues."""
    await uow.lock_company("exclusive", by)
    user, row = await _found(uow, resource_id, known)
    changes = read(said_of(user))
    return await _change(uow, user, row, changes, changes, by)


async def delete_user(uow: UnitOfWork, resource_id: UUID, by: Actor, known: Precondition) -> None:
    """The resource is gone, and its user without a license: Inactive, or off the list. Raises as ``change_user``."""
    await uow.lock_company("exclusive", by)
    user, row = await _found(uow, resource_id, known)
    if user.status == "active":
        await deactivate_users(uow, [user.user_id], by)
    elif user.active:
        await cancel_invitations(uow, [user.user_id], by)
    if row is not None:
        await table.remove(uow.conn, row)
    if user.status in ("active", "inactive"):
        # Should they come back they are known by another id: this one was deleted.
        await table.put(uow.conn, ScimRow(new_id(), uow.company_id, user.user_id, uow.at, uow.at, hidden=True))
    reached("scim.deleted")


async def _found(uow: UnitOfWork, resource_id: UUID, known: Precondition) -> tuple[ScimUser, ScimRow | None]:
    user = await query.one(uow.conn, uow.company_id, resource_id)
    if user is None:
        raise Refused("not_found")
    if not known(user):
        raise Refused("precondition_failed")
    row = await table.of_user(uow.conn, uow.company_id, user.user_id)
    if row is None:
        # An admin may have invited them anew since the directory let them go.
        row = await table.off_the_list(uow.conn, uow.company_id, _key(user.email))
    return user, row


async def _change(
    uow: UnitOfWork, user: ScimUser, row: ScimRow | None, changes: Said, said: Said, by: Actor
) -> ScimUser:
    if not changes and attributes_of(said) <= set(row.asserted if row else ()):
        return user
    listed = await stream_snapshots.users(uow.conn, uow.company_id, [user.user_id])
    member = listed[user.user_id].state if user.user_id in listed else None
    active = user.active if changes.active is None else changes.active
    return await _bring_about(uow, row, member, changes, said, by, active=active)


async def _bring_about(
    uow: UnitOfWork, row: ScimRow | None, member: Member | None, changes: Said, said: Said, by: Actor, *, active: bool
) -> ScimUser:
    """Makes of whom the row and the list know what is said. ``member``: who they are on the list, None for nobody."""
    was = member is not None and not isinstance(member, Inactive)
    profile: Profile | None = None
    if member is None:
        values = whole_values(row.profile, changes) if row and row.profile else values_of(changes)
        if active:
            user_id = await invite_user(uow, values, by, joined=await _joins_at_once(uow))
        else:
            user_id, profile = row.user_id if row else new_id(), await judged_profile(uow, values)
            await _require_free(uow, row, profile)
    else:
        user_id = member.user_id
        profile = await _change_member(uow, member, changes, by, active=active)
    row = _remembered(row or _row(uow, user_id), uow, changes, said).changed(
        uow.at, user_id=user_id, profile=profile, hidden=False
    )
    if profile is not None:
        row = _off_the_list(row, uow, member, changes)
    elif REPORTS_TO in changes.texts:
        row = await managers.report_to(uow, row, changes.texts[REPORTS_TO], by)
    elif row.wanted_manager and not was:
        row = await managers.report_to(uow, row, row.wanted_manager, by)
    await table.put(uow.conn, row)
    if profile is None:
        await _tell_waiting(uow, row, changes, by, came=active and not was)
    reached("scim.changed")
    return await _present(uow, row.id)


async def _change_member(uow: UnitOfWork, member: Member, changes: Said, by: Actor, *, active: bool) -> Profile | None:
    """Returns the profile of who is no longer on the list."""
    if not active and isinstance(member, Active):
        await deactivate_users(uow, [member.user_id], by)
    elif not active and not isinstance(member, Inactive):
        await cancel_invitations(uow, [member.user_id], by)
        return await judged_profile(uow, whole_values(member.profile, changes))
    values = values_of(changes)
    if values.fields or values.custom_fields:
        await edit_users(uow, [member.user_id], values, by)
    if active and isinstance(member, Inactive):
        await reactivate_users(uow, [member.user_id], by)
    return None


async def _require_free(uow: UnitOfWork, row: ScimRow | None, profile: Profile) -> None:
    """Nobody else has the address of who is on no list. Raises Refused ``user_exists``."""
    key = _key(profile.email)
    other = await table.off_the_list(uow.conn, uow.company_id, key)
    taken = other is not None and (row is None or other.id != row.id)
    if taken or await holder(uow.conn, uow.company_id, key) is not None:
        raise Refused("user_exists")


def _remembered(row: ScimRow, uow: UnitOfWork, changes: Said, said: Said) -> ScimRow:
    external_id = changes.texts.get(EXTERNAL_ID, row.external_id)
    asserted = frozenset(row.asserted) | attributes_of(said)
    return row.changed(uow.at, external_id=external_id, asserted=asserted)


def _off_the_list(row: ScimRow, uow: UnitOfWork, member: Member | None, changes: Said) -> ScimRow:
    """Whom they shall report to when they come back: as is said, or as they did."""
    before = member.profile.reports_to if member else None
    wanted = changes.texts.get(REPORTS_TO, str(before.user_id) if before else row.wanted_manager)
    return row.changed(uow.at, wanted_manager=wanted and manager_name(wanted), in_circle=False)


async def _tell_waiting(uow: UnitOfWork, row: ScimRow, changes: Said, by: Actor, *, came: bool) -> None:
    if came or EMAIL in changes.texts or EXTERNAL_ID in changes.texts:
        await managers.appeared(uow, await _present(uow, row.id), by)
    if REPORTS_TO in changes.texts:
        await managers.moved(uow, by)


async def _present(uow: UnitOfWork, resource_id: UUID) -> ScimUser:
    user = await query.one(uow.conn, uow.company_id, resource_id)
    assert user is not None
    return user


async def _joins_at_once(uow: UnitOfWork) -> bool:
    scim = (await uow.settings()).scim
    return scim is not None and scim.create == "active"


def _row(uow: UnitOfWork, user_id: UUID) -> ScimRow:
    """The row of whom no directory has touched: known by the user's own id."""
    return ScimRow(user_id, uow.company_id, user_id, uow.at, uow.at)


def _key(email: str | None) -> str:
    return compare_form(clean_address(email or ""))
