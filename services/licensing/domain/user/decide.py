"""Rules of one user: what can be done in which status (docs/admins.md). An action a function, matched by what the user
is."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from services.licensing.domain.refusals import Refused
from services.licensing.domain.user import methodologies
from services.licensing.domain.user.commands import (
    Accept,
    ByAdmin,
    CancelInvitation,
    ChangeMethodologies,
    ChangePermissions,
    ChangeProfile,
    Deactivate,
    Expire,
    Forget,
    FromOutside,
    Invite,
    Provision,
    Reactivate,
    Readdress,
    Resend,
    Restate,
    SetMethodology,
    TellPlan,
    UserCommand,
)
from services.licensing.domain.user.events import (
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserEvent,
    UserInvited,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from services.licensing.domain.user.permissions import change_permissions, require_admin_remains
from services.licensing.domain.user.profile import changes_between
from services.licensing.domain.user.state import (
    Active,
    Gone,
    Inactive,
    IndividualPlan,
    Invitation,
    Invited,
    Member,
    Nobody,
    PendingTransfer,
    User,
    Waiting,
    evolve,
    seats_of,
)
from shared.erasure.person import is_marker
from shared.eventsourcing.decider import Decider
from shared.people.address import compare_form


def decide(command: UserCommand, state: User) -> list[UserEvent]:
    """Raises Refused where that can't be done in this status; with ``not_found`` for who is not in the list."""
    match command, state:
        case Invite(), Nobody():
            if command.recent is not None:
                command.recent.check(command.at, again=False)
            return [UserInvited(_invited(command), command.batch_id, command.message)]
        case Invite(), _:
            return []
        case Forget(), _:
            return _forget(command, state)
        case Provision() | TellPlan() | Accept() | Expire() | Restate(), _:
            return _from_outside(command, state)
        case _, Nobody() | Gone():
            raise Refused("not_found")
        case _, user:
            return _by_admin(command, user)


def _from_outside(command: FromOutside, state: User) -> list[UserEvent]:
    match command:
        case Provision():
            return _provision(command, state)
        case TellPlan():
            return _tell_plan(command.plan, state)
        case Accept():
            return _accept(command, state)
        case Expire(at):
            return _expire(at, state)
        case Restate(profile):
            listed = not isinstance(state, Nobody | Gone)
            return [UserRestated(replace(state, profile=profile))] if listed else []


def _forget(command: Forget, user: User) -> list[UserEvent]:
    match user:
        case Nobody():
            raise Refused("not_found")
        case Gone():
            # Whoever was forgotten stays so: their address is such a marker already.
            forgotten = is_marker(user.email)
            return [] if forgotten else [UserErased(replace(user, email=command.marker), command.by)]
        case Inactive():
            consumed = tuple(seats_of(user))
            return [
                UserErased(
                    Gone(user_id=user.user_id, company_id=user.company_id, email=command.marker, consumed=consumed),
                    command.by,
                )
            ]
        case Waiting() | PendingTransfer() | Active():
            raise Refused("still_member")


def _by_admin(command: ByAdmin, user: Member) -> list[UserEvent]:
    match command:
        case ChangeProfile():
            return _change(command, user)
        case ChangePermissions():
            return change_permissions(command, user)
        case Readdress():
            return _readdress(command, user)
        case Resend():
            return [InvitationResent(_with_new_link(command, _invited_or_refused(user)), command.by)]
        case CancelInvitation():
            return _cancel(command, _invited_or_refused(user))
        case Deactivate():
            return _deactivate(command, user)
        case Reactivate():
            return _reactivate(command, user)
        case ChangeMethodologies():
            return methodologies.change(command, user)
        case SetMethodology():
            return methodologies.set_one(command, user)


def _invited(command: Invite) -> Invited:
    invitation = Invitation(
        command.invitation_id, command.by, command.at, command.at + command.lifetime, offered=command.plan is not None
    )
    if command.plan is None:
        return Waiting(
            user_id=command.user_id,
            company_id=command.company_id,
            profile=command.profile,
            invited_at=command.at,
            invitation=invitation,
        )
    return PendingTransfer(
        user_id=command.user_id,
        company_id=command.company_id,
        profile=command.profile,
        invited_at=command.at,
        invitation=invitation,
        plan=command.plan,
    )


def _provision(command: Provision, state: User) -> list[UserEvent]:
    match state:
        case Nobody():
            active = Active(
                user_id=command.user_id,
                company_id=command.company_id,
                profile=command.profile,
                invited_at=None,
                activated_at=command.at,
            )
            return [UserProvisioned(active)]
        case Waiting():
            return [UserActivated(_active(state, command.at), None)]
        case PendingTransfer():
            # Nobody made the choice that was offered: nothing is transferred that was not asked for.
            return [UserActivated(_active(state, command.at), "start_fresh")]
        case Inactive():
            return [UserReactivated(_active(state, state.activated_at), None)]
        case Active() | Gone():
            return []


def _change(command: ChangeProfile, user: Member) -> list[UserEvent]:
    changes = changes_between(user.profile, command.profile)
    if not changes:
        return []
    return [UserChanged(replace(user, profile=command.profile), changes, command.by, command.batch_id, command.because)]


def _readdress(command: Readdress, user: Member) -> list[UserEvent]:
    if not isinstance(user, Waiting | PendingTransfer):
        raise Refused("email_fixed")
    events = _change(ChangeProfile(command.profile, command.by), user)
    for event in _tell_plan(command.plan, replace(user, profile=command.profile)):
        events.append(event)
    now = events[-1].after
    assert isinstance(now, Waiting | PendingTransfer)
    # To an address that has had no mail of late it is not a resend: its first one is immediate.
    again = bool(command.recent.sent)
    command.recent.check(command.at, again=again)
    invitation = Invitation(
        command.invitation_id,
        command.by,
        command.at,
        command.at + command.lifetime,
        offered=isinstance(now, PendingTransfer),
        resent_at=command.at if again else None,
    )
    return [*events, InvitationResent(replace(now, invitation=invitation), command.by)]


def _invited_or_refused(user: Member) -> Invited:
    match user:
        case Waiting() | PendingTransfer():
            return user
        case Active() | Inactive():
            raise Refused("not_invited")


def _with_new_link(command: Resend, user: Invited) -> Invited:
    command.recent.check(command.at, again=True)
    invitation = Invitation(
        command.invitation_id,
        command.by,
        command.at,
        command.at + command.lifetime,
        offered=isinstance(user, PendingTransfer),
        resent_at=command.at,
    )
    return replace(user, invitation=invitation)


def _cancel(command: CancelInvitation, user: Invited) -> list[UserEvent]:
    withdrawn = methodologies.withdraw_reserved(user, command.by, command.batch_id)
    gone = Gone(
        user_id=user.user_id,
        company_id=user.company_id,
        email=user.profile.email,
        consumed=methodologies.consumed(user.access),
    )
    return [*withdrawn, InvitationCancelled(gone, command.by, command.batch_id)]


def _deactivate(command: Deactivate, user: Member) -> list[UserEvent]:
    if not isinstance(user, Active):
        raise Refused("not_active")
    if not command.by.is_directory and compare_form(command.by.email) == compare_form(user.profile.email):
        raise Refused("own_account")
    require_admin_remains(user, command.admin_remains)
    withdrawn = methodologies.withdraw_reserved(user, command.by)
    inactive = Inactive(
        user_id=user.user_id,
        company_id=user.company_id,
        profile=user.profile,
        invited_at=user.invited_at,
        activated_at=user.activated_at,
        access=withdrawn[-1].after.access if withdrawn else user.access,
    )
    return [*withdrawn, UserDeactivated(inactive, command.by, command.reports)]


def _reactivate(command: Reactivate, user: Member) -> list[UserEvent]:
    if not isinstance(user, Inactive):
        raise Refused("not_inactive")
    return [UserReactivated(_active(user, user.activated_at), command.by, command.undo)]


def _active(user: Invited | Inactive, at: datetime) -> Active:
    return Active(
        user_id=user.user_id,
        company_id=user.company_id,
        profile=user.profile,
        invited_at=user.invited_at,
        activated_at=at,
        access=user.access,
    )


def _tell_plan(plan: IndividualPlan | None, user: User) -> list[UserEvent]:
    match user, plan:
        case PendingTransfer(), None:
            return [TransferWithdrawn(_waiting(user), user.plan)]
        case PendingTransfer(), _ if plan != user.plan:
            return [TransferPending(replace(user, plan=plan))]
        case Waiting(), "pro" | "connect":
            return [TransferPending(_pending(user, plan))]
        case _:
            return []


def _waiting(user: PendingTransfer) -> Waiting:
    return Waiting(
        user_id=user.user_id,
        company_id=user.company_id,
        profile=user.profile,
        invited_at=user.invited_at,
        invitation=user.invitation,
        access=user.access,
    )


def _pending(user: Waiting, plan: IndividualPlan) -> PendingTransfer:
    return PendingTransfer(
        user_id=user.user_id,
        company_id=user.company_id,
        profile=user.profile,
        invited_at=user.invited_at,
        invitation=user.invitation,
        plan=plan,
        access=user.access,
    )


def _expire(at: datetime, user: User) -> list[UserEvent]:
    """Once a link: what has been told, sent again or accepted meanwhile is nothing to tell."""
    match user:
        case Waiting() | PendingTransfer() if at >= user.invitation.expires_at and not user.invitation.expired:
            return [InvitationExpired(replace(user, invitation=replace(user.invitation, expired=True)))]
        case _:
            return []


def check_invitation(user: User, invitation_id: UUID, at: datetime) -> Invited:
    """The invited user whose link this is. Raises Refused: ``used``, ``superseded``, ``cancelled``, ``expired``."""
    match user:
        case Waiting() | PendingTransfer():
            if user.invitation.id != invitation_id:
                raise Refused("superseded")
            if at >= user.invitation.expires_at:
                raise Refused("expired")
            return user
        case Active() | Inactive():
            raise Refused("used")
        case Gone():
            raise Refused("cancelled")
        case Nobody():
            raise Refused("not_found")


def _accept(command: Accept, state: User) -> list[UserEvent]:
    user = check_invitation(state, command.invitation_id, command.at)
    if command.sso_domains and compare_form(user.profile.email).rpartition("@")[2] not in command.sso_domains:
        # Invited before the company had these domains: they could not sign in.
        raise Refused("not_sso_domain")
    match user:
        case Waiting():
            # What a choice was made about is gone meanwhile: there is nothing to transfer, and nothing to keep apart.
            return [UserActivated(_active(user, command.at), None)]
        case PendingTransfer() if command.records is None:
            raise Refused("records_required", offered=int(user.invitation.offered))
        case PendingTransfer():
            return [UserActivated(_active(user, command.at), command.records)]


USER: Decider[UserCommand, User, UserEvent] = Decider(Nobody(), decide, evolve)
