"""What other services are told of a stored event. Pure: the same event gives the same messages, whenever it is sent."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import usher_contracts as contracts
from services.licensing.confirmation import BatchApplied, BatchRefused
from services.licensing.event_types import Event
from services.licensing.ledger import CompanyChanged, LicensesReleased, LicensesReserved
from services.licensing.plan import IndividualPlanBegun, IndividualPlanEnded
from services.licensing.user import (
    Active,
    Actor,
    Change,
    Gone,
    Inactive,
    IndividualPlan,
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    Invited,
    Member,
    PendingTransfer,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserEvent,
    UserInvited,
    UserProvisioned,
    UserReactivated,
    Waiting,
)
from shared.events import Outgoing, Recorded
from usher_contracts import topics


def publish(recorded: Recorded[Event]) -> Sequence[Outgoing]:
    """The contract messages of a stored event: of a user, what happened and what they are now."""
    match recorded.event:
        case CompanyChanged() as event:
            return [Outgoing.of(_company(event, recorded.version))]
        case LicensesReserved() | LicensesReleased() as event:
            return [Outgoing.of(_licenses(event))]
        case BatchApplied() | BatchRefused() as event:
            return [Outgoing.of(_batch(event))]
        case IndividualPlanBegun() | IndividualPlanEnded():
            return []
        case event:
            return [Outgoing.of(_happened(event, recorded.version)), _state(event.after, recorded.version)]


def _company(event: CompanyChanged, version: int) -> contracts.CompanyChanged:
    s = event.settings
    fields = tuple(contracts.CustomField(name=f.name, required=f.required, values=f.values) for f in s.custom_fields)
    return contracts.CompanyChanged(
        company_id=str(event.company_id), name=s.name, plan=s.plan, purchased_licenses=s.purchased_licenses,
        sso_domains=s.sso_domains, functional_areas=s.functional_areas, regions=s.regions, custom_fields=fields,
        retention_days=s.retention_days, version=version,
    )  # fmt: skip


def _licenses(event: LicensesReserved | LicensesReleased) -> contracts.LicensesReserved | contracts.LicensesReleased:
    model = contracts.LicensesReserved if isinstance(event, LicensesReserved) else contracts.LicensesReleased
    return model(
        company_id=str(event.company_id), licenses=event.licenses, occupied=event.occupied, purchased=event.purchased,
        batch_id=_id(event.batch_id), reason=event.reason,
    )  # fmt: skip


def _batch(event: BatchApplied | BatchRefused) -> contracts.BatchProcessed | contracts.LicenseReservationRejected:
    batch_id, company_id = str(event.batch_id), str(event.company_id)
    match event:
        case BatchApplied():
            return contracts.BatchProcessed(
                batch_id=batch_id, company_id=company_id, invited=event.invited, changed=event.changed,
                unchanged=event.unchanged,
            )  # fmt: skip
        case BatchRefused():
            return contracts.LicenseReservationRejected(
                batch_id=batch_id, company_id=company_id, reason=event.reason, requested=event.requested,
                available=event.available,
            )  # fmt: skip


def _happened(event: UserEvent, version: int) -> contracts.UserEvent:
    who = _who(event.after, version)
    match event:
        case UserInvited(after, batch_id):
            return contracts.UserInvited(
                **who, **_profile(after), **_invited(after), invited_by=_person(after.invitation.by),
                batch_id=_id(batch_id),
            )  # fmt: skip
        case UserChanged():
            changes = tuple(map(_change, event.changes))
            return contracts.UserChanged(
                **who, changes=changes, changed_by=_maybe(event.by), batch_id=_id(event.batch_id)
            )
        case UserProvisioned(after):
            return contracts.UserActivated(**who, **_profile(after), status=after.status)
        case UserActivated():
            return contracts.UserActivated(**who, records=event.records)
        case TransferPending(after):
            return contracts.UserTransferPending(**who, previous_plan=after.plan)
        case TransferWithdrawn():
            return contracts.UserTransferWithdrawn(**who, previous_plan=event.previous_plan)
        case InvitationExpired():
            return contracts.InvitationExpired(**who)
        case InvitationResent() | InvitationCancelled() | UserDeactivated() | UserReactivated():
            return _done_by(event, {**who, "by": _maybe(event.by)})


def _done_by(
    event: InvitationResent | InvitationCancelled | UserDeactivated | UserReactivated, who: dict[str, Any]
) -> contracts.UserEvent:
    match event:
        case InvitationResent(after):
            return contracts.InvitationResent(**who, **_names(after), **_invited(after))
        case InvitationCancelled():
            return contracts.InvitationCancelled(**who)
        case UserDeactivated():
            return contracts.UserDeactivated(**who)
        case UserReactivated(after):
            return contracts.UserReactivated(**who, **_names(after))


def _state(user: Member | Gone, version: int) -> Outgoing:
    if isinstance(user, Gone):
        return Outgoing(topics.DIRECTORY, str(user.user_id), contracts.UserState.type, None)
    state = contracts.UserState(
        **_who(user, version), **_profile(user), status=user.status, previous_plan=_plan(user),
        invited_at=user.invited_at, activated_at=_activated_at(user),
    )  # fmt: skip
    return Outgoing.of(state)


def _who(user: Member | Gone, version: int) -> dict[str, Any]:
    email = user.email if isinstance(user, Gone) else user.profile.email
    return {
        "company_id": str(user.company_id), "user_id": str(user.user_id), "email": email, "version": version,
    }  # fmt: skip


def _names(user: Member) -> dict[str, Any]:
    return {"first_name": user.profile.first_name, "last_name": user.profile.last_name}


def _profile(user: Member) -> dict[str, Any]:
    p = user.profile
    manager = p.reports_to
    return {
        **_names(user), "functional_area": p.functional_area, "title": p.title, "region": p.region,
        "reports_to": manager and manager.email, "reports_to_id": manager and str(manager.user_id),
        "custom_fields": dict(p.custom_fields),
    }  # fmt: skip


def _invited(user: Invited) -> dict[str, Any]:
    return {
        "status": user.status, "previous_plan": _plan(user), "invitation_id": str(user.invitation.id),
        "expires_at": user.invitation.expires_at,
    }  # fmt: skip


def _plan(user: Member) -> IndividualPlan | None:
    return user.plan if isinstance(user, PendingTransfer) else None


def _activated_at(user: Member) -> Any:
    match user:
        case Active() | Inactive():
            return user.activated_at
        case Waiting() | PendingTransfer():
            return None


def _change(change: Change) -> contracts.UserFieldChange:
    return contracts.UserFieldChange(
        field=change.field, from_=change.before, to=change.after, from_id=_id(change.before_id),
        to_id=_id(change.after_id),
    )  # fmt: skip


def _person(actor: Actor) -> contracts.Person:
    return contracts.Person(email=actor.email, name=actor.name)


def _maybe(actor: Actor | None) -> contracts.Person | None:
    return None if actor is None else _person(actor)


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
