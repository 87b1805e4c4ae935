"""What other services are told of a stored event. Pure: the same event gives the same messages, whenever it is sent.

What is told of users is written without making the contracts' models of it: that would check again, for each of 100,000
users, what the log holds, and cost more than all else on the way to Kafka. The tests hold every message to its model.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

import usher_contracts as contracts
from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused
from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.individual_plan.events import IndividualPlanBegun, IndividualPlanEnded
from services.licensing.domain.licenses.events import CompanyChanged, LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import SeatsConsumed, SeatsReleased, SeatsReserved
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.saved_views.events import BeginningChosen, ViewChanged, ViewDeleted, ViewSaved
from services.licensing.domain.seat_request.events import SeatsRequestAnswered, SeatsRequested
from services.licensing.domain.stored_events import Event
from services.licensing.domain.undo.events import UndoReviewed
from services.licensing.domain.user.events import (
    Change,
    HappenedLater,
    InvitationCancelled,
    InvitationExpired,
    InvitationResent,
    MethodologyConsumed,
    MethodologyGranted,
    MethodologyWithdrawn,
    TransferPending,
    TransferWithdrawn,
    UserActivated,
    UserChanged,
    UserDeactivated,
    UserErased,
    UserInvited,
    UserPermissionsChanged,
    UserProvisioned,
    UserReactivated,
    UserRestated,
)
from services.licensing.domain.user.state import (
    Actor,
    Gone,
    IndividualPlan,
    Invited,
    Member,
    Profile,
)
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Outgoing, Recorded
from shared.people.profile import TEXT_KEYS

_json = msgspec.json.Encoder().encode
_texts: Callable[[Profile], tuple[str | None, ...]] = attrgetter(*TEXT_KEYS)


def publish(recorded: Recorded[Event]) -> Sequence[Outgoing]:  # noqa: C901  (a case an event: flat, not complex)
    """The contract messages of a stored event: of a user, what happened and what they are now."""
    match recorded.event:
        case UserInvited() as event:
            return _invitation(event, recorded.version)
        case CompanyChanged() as event:
            return [Outgoing.of(_company(event, recorded.version))]
        case LicensesReserved() | LicensesReleased() as event:
            return [Outgoing.of(_licenses(event))]
        case SeatsReserved() | SeatsReleased() as event:
            return [Outgoing.of(_seats(event))]
        case BatchApplied() | BatchRefused() as event:
            return [Outgoing.of(_batch(event))]
        case UndoReviewed() as event:
            return [Outgoing.of(_undo(event))]
        case SeatsRequested() | SeatsRequestAnswered() as event:
            return [Outgoing.of(_asked(event))]
        case (IndividualPlanBegun() | IndividualPlanEnded() | SeatsConsumed() | AttemptRefused()
              | ViewSaved() | ViewChanged() | ViewDeleted() | BeginningChosen() | PersonErased()):  # fmt: skip
            return []
        case ErasureRequested() as event:
            return [Outgoing.of(_erasure(event))]
        case UserErased(after, by):
            happened = {"company_id": after.company_id, "user_id": after.user_id, "by": _person_or_none(by)}
            return [
                _message(contracts.UserErased, happened, after.company_id),
                _outgoing(contracts.UserState, after.user_id, None),
            ]
        case UserRestated(after):
            return [_state(after, _identity(after, recorded.version))]
        case event:
            who = _identity(event.after, recorded.version)
            happened = _message(*_happened(event, who), event.after.company_id)
            return [happened, _state(event.after, who)]


def _asked(event: SeatsRequested | SeatsRequestAnswered) -> contracts.SeatsRequested | contracts.SeatsRequestAnswered:
    return _request(event) if isinstance(event, SeatsRequested) else _answer(event)


def _request(event: SeatsRequested) -> contracts.SeatsRequested:
    purchasers = tuple(contracts.Person(email=p.email, name=p.name) for p in event.purchasers)
    return contracts.SeatsRequested(
        company_id=str(event.company_id),
        request_id=str(event.request_id),
        licenses=event.wanted.licenses,
        methodologies=event.wanted.methodologies,
        methodology_names=event.wanted.names,
        note=event.note,
        batch_id=_id(event.batch_id),
        asked_by=contracts.Person(**_person(event.by)),
        purchasers=purchasers,
    )


def _answer(event: SeatsRequestAnswered) -> contracts.SeatsRequestAnswered:
    return contracts.SeatsRequestAnswered(
        company_id=str(event.company_id),
        request_id=str(event.request_id),
        state=event.answer,
        comment=event.comment,
        licenses=event.wanted.licenses,
        methodologies=event.wanted.methodologies,
        methodology_names=event.wanted.names,
        batch_id=_id(event.batch_id),
        asked_by=contracts.Person(**_person(event.asked_by)),
    )


def _erasure(event: ErasureRequested) -> contracts.ErasureRequested:
    return contracts.ErasureRequested(
        company_id=str(event.company_id),
        erasure_id=str(event.erasure_id),
        user_ids=tuple(map(str, event.user_ids)),
        address_digests=event.address_digests,
        erased_at=event.erased_at,
    )


def _company(event: CompanyChanged, version: int) -> contracts.CompanyChanged:
    s = event.settings
    fields = tuple(contracts.CustomField(name=f.name, required=f.required, values=f.values) for f in s.custom_fields)
    return contracts.CompanyChanged(
        company_id=str(event.company_id),
        name=s.name,
        plan=s.plan,
        purchased_licenses=s.purchased_licenses,
        sso_domains=s.sso_domains,
        functional_areas=s.functional_areas,
        regions=s.regions,
        custom_fields=fields,
        retention_days=s.retention_days,
        reminders=s.reminders,
        version=version,
        approval=contracts.ApprovalThresholds(rows=s.approval.rows, share=s.approval.share) if s.approval else None,
        methodologies=tuple(
            contracts.Methodology(id=m.id, name=m.name, purchased=m.purchased) for m in s.methodologies
        ),
        subscription=contracts.Subscription(starts_on=s.subscription.starts_on, ends_on=s.subscription.ends_on)
        if s.subscription
        else None,
    )


def _licenses(event: LicensesReserved | LicensesReleased) -> contracts.LicensesReserved | contracts.LicensesReleased:
    model = contracts.LicensesReserved if isinstance(event, LicensesReserved) else contracts.LicensesReleased
    return model(
        company_id=str(event.company_id),
        licenses=event.licenses,
        occupied=event.occupied,
        purchased=event.purchased,
        batch_id=_id(event.batch_id),
        reason=event.reason,
    )


def _seats(
    event: SeatsReserved | SeatsReleased,
) -> contracts.MethodologySeatsReserved | contracts.MethodologySeatsReleased:
    reserved = isinstance(event, SeatsReserved)
    model = contracts.MethodologySeatsReserved if reserved else contracts.MethodologySeatsReleased
    return model(
        company_id=str(event.company_id),
        methodology_id=event.methodology_id,
        seats=event.seats,
        occupied=event.occupied,
        purchased=event.purchased,
        batch_id=_id(event.batch_id),
        reason=event.reason,
    )


def _batch(event: BatchApplied | BatchRefused) -> contracts.BatchProcessed | contracts.LicenseReservationRejected:
    batch_id, company_id = str(event.batch_id), str(event.company_id)
    match event:
        case BatchApplied():
            return contracts.BatchProcessed(
                batch_id=batch_id,
                company_id=company_id,
                invited=event.invited,
                changed=event.changed,
                unchanged=event.unchanged,
                cancelled=event.cancelled,
            )
        case BatchRefused():
            return contracts.LicenseReservationRejected(
                batch_id=batch_id,
                company_id=company_id,
                reason=event.reason,
                requested=event.requested,
                available=event.available,
                methodologies=tuple(
                    contracts.MethodologyShortage(id=m.id, name=m.name, requested=m.requested, available=m.available)
                    for m in event.methodologies
                ),
            )


def _undo(event: UndoReviewed) -> contracts.UndoReviewed:
    counts = event.counts
    return contracts.UndoReviewed(
        batch_id=str(event.batch_id),
        company_id=str(event.company_id),
        undoes=str(event.undoes),
        review=event.review,
        counts=contracts.UndoCounts(rows=counts.rows, cancel=counts.cancel, restore=counts.restore, kept=counts.kept),
        seats=contracts.Seats(
            purchased=event.purchased,
            occupied=event.occupied,
            available=max(0, event.purchased - event.occupied),
            required=0,
        ),
        rows=contracts.ObjectRef(ref=event.rows.ref, sha256=event.rows.sha256),
    )


_Known = msgspec.defstruct(
    "_Known",
    ["company_id", "user_id", "email", "version", "status", "previous_plan", *TEXT_KEYS, "reports_to", "reports_to_id",
     "custom_fields"],
)  # fmt: skip
_Told = msgspec.defstruct("_Told", ["invitation_id", "expires_at", "batch_id", "invited_by", "message"])
_Rest = msgspec.defstruct("_Rest", ["invited_at", "activated_at", "permissions", "methodologies"])


def _invitation(event: UserInvited, version: int) -> Sequence[Outgoing]:
    """The two messages of which there are most: one of each for every new user of a file. What both say is written
    once, and as structs, which take a third of the time of a dict."""
    user = event.after
    profile, manager, link = user.profile, user.profile.reports_to, user.invitation
    known = _Known(
        user.company_id,
        user.user_id,
        profile.email,
        version,
        user.status,
        _plan(user),
        *_texts(profile),
        manager and manager.email,
        manager and manager.user_id,
        _public_fields(profile),
    )
    both = _json(known)[:-1] + b","
    told = _Told(link.id, link.expires_at, event.batch_id, link.by, event.message)
    rest = _Rest(user.invited_at, None, user.access.permissions, user.access.methodologies)
    return [
        _outgoing(contracts.UserInvited, user.company_id, both + _json(told)[1:]),
        _outgoing(contracts.UserState, user.user_id, both + _json(rest)[1:]),
    ]


def _happened(event: HappenedLater, who: Mapping[str, Any]) -> tuple[type[contracts.UserEvent], Mapping[str, Any]]:
    """The contract event and its fields."""
    match event:
        case UserChanged():
            changes = [_change(change) for change in event.changes]
            return contracts.UserChanged, {
                **who,
                "changes": changes,
                "changed_by": _person_or_none(event.by),
                "batch_id": event.batch_id,
            }
        case UserProvisioned(after):
            return contracts.UserActivated, {**who, **_profile(after), "status": after.status}
        case UserActivated():
            return contracts.UserActivated, {**who, "records": event.records}
        case TransferPending(after):
            return contracts.UserTransferPending, {**who, "previous_plan": after.plan}
        case TransferWithdrawn():
            return contracts.UserTransferWithdrawn, {**who, "previous_plan": event.previous_plan}
        case UserPermissionsChanged(after, before, by):
            return contracts.UserPermissionsChanged, {
                **who,
                "from": before,
                "to": after.access.permissions,
                "by": _person_or_none(by),
                "status": after.status,
            }
        case InvitationExpired():
            return contracts.InvitationExpired, who
        case MethodologyGranted() | MethodologyConsumed() | MethodologyWithdrawn():
            told = {"methodology_id": event.methodology_id, "by": _person_or_none(event.by), "batch_id": event.batch_id}
            return _METHODOLOGY_EVENTS[type(event)], {**who, **told}
        case InvitationResent() | InvitationCancelled() | UserDeactivated() | UserReactivated():
            return _done_by(event, {**who, "by": _person_or_none(event.by)})


_METHODOLOGY_EVENTS: Mapping[type[HappenedLater], type[contracts.UserEvent]] = {
    MethodologyGranted: contracts.MethodologyGranted,
    MethodologyConsumed: contracts.MethodologyConsumed,
    MethodologyWithdrawn: contracts.MethodologyWithdrawn,
}


def _done_by(
    event: InvitationResent | InvitationCancelled | UserDeactivated | UserReactivated, who: Mapping[str, Any]
) -> tuple[type[contracts.UserEvent], Mapping[str, Any]]:
    match event:
        case InvitationResent(after):
            return contracts.InvitationResent, {**who, **_names(after), **_invited(after)}
        case InvitationCancelled():
            return contracts.InvitationCancelled, {**who, "batch_id": event.batch_id}
        case UserDeactivated():
            return contracts.UserDeactivated, who
        case UserReactivated(after):
            return contracts.UserReactivated, {**who, **_names(after), "undo": event.undo}


def _state(user: Member | Gone, who: Mapping[str, Any]) -> Outgoing:
    if isinstance(user, Gone):
        return _outgoing(contracts.UserState, user.user_id, None)
    state = {
        **who,
        **_profile(user),
        "status": user.status,
        "previous_plan": _plan(user),
        "invited_at": user.invited_at,
        "activated_at": getattr(user, "activated_at", None),
        "permissions": user.access.permissions,
        "methodologies": user.access.methodologies,
    }
    return _message(contracts.UserState, state, user.user_id)


def _message(model: type[contracts.Event], fields: Mapping[str, Any], key: UUID) -> Outgoing:
    return _outgoing(model, key, _json({**_defaults(model), **fields}))


def _outgoing(model: type[contracts.Event], key: UUID, data: bytes | None) -> Outgoing:
    return Outgoing(model.topic, _json(key)[1:-1].decode(), model.type, data)  # half the time of str(key)


@cache
def _defaults(model: type[contracts.Event]) -> Mapping[str, Any]:
    """What a message says where nothing else is said."""
    optional = {name: field for name, field in model.model_fields.items() if not field.is_required()}
    return {name: field.get_default(call_default_factory=True) for name, field in optional.items()}


def _identity(user: Member | Gone, version: int) -> Mapping[str, Any]:
    email = user.email if isinstance(user, Gone) else user.profile.email
    return {"company_id": user.company_id, "user_id": user.user_id, "email": email, "version": version}


def _names(user: Member) -> Mapping[str, Any]:
    return {"first_name": user.profile.first_name, "last_name": user.profile.last_name}


def _profile(user: Member) -> Mapping[str, Any]:
    p = user.profile
    manager = p.reports_to
    return {
        **dict(zip(TEXT_KEYS, _texts(p), strict=True)),
        "reports_to": manager and manager.email,
        "reports_to_id": manager and manager.user_id,
        "custom_fields": _public_fields(p),
    }


def _public_fields(p: Profile) -> Mapping[str, str]:
    if not p.shelved:
        return p.custom_fields
    return {name: value for name, value in p.custom_fields.items() if name not in p.shelved}


def _invited(user: Invited) -> Mapping[str, Any]:
    return {
        "status": user.status,
        "previous_plan": _plan(user),
        "invitation_id": user.invitation.id,
        "expires_at": user.invitation.expires_at,
    }


def _plan(user: Member) -> IndividualPlan | None:
    return getattr(user, "plan", None)


def _change(change: Change) -> Mapping[str, Any]:
    return {
        "field": change.field,
        "from": change.before,
        "to": change.after,
        "from_id": change.before_id,
        "to_id": change.after_id,
    }


def _person(actor: Actor) -> Mapping[str, Any]:
    return {"email": actor.email, "name": actor.name, "subject": actor.subject, "issuer": actor.issuer}


def _person_or_none(actor: Actor | None) -> Mapping[str, Any] | None:
    return None if actor is None else _person(actor)


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
