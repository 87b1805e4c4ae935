"""Taking an action back at once: everybody whom it touched is again as they were, or nobody is.

Who was taken off the list by a cancelled invitation is gone for good: their stream has ended. The inverse is a new
invitation to the same person, with another link, where there still is a license for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import Reason, RefusedForSome
from services.licensing.application.form_validation import email_key, rules_of
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.confirmation.presumptions import closes_circle
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.user.commands import Invite, UserCommand
from services.licensing.domain.user.methodologies import consumed
from services.licensing.domain.user.short_undo import (
    OFFERED_FOR,
    Touched,
    changed_since,
    inverse,
    permissions_of_then,
    restored,
    seats_of_then,
)
from services.licensing.domain.user.state import Actor, Inactive, Manager, Member, Nobody
from services.licensing.read_models.invitations.sent import recent_invitations
from services.licensing.read_models.team import addresses, admins
from services.licensing.read_models.undoable_actions import query
from services.licensing.read_models.undoable_actions.query import UndoableAction
from shared.core.periodic import run_periodically
from shared.people import presumed
from shared.people.statuses import LIVE
from shared.postgres.database import Pool

UNDOABLE: Final = frozenset({
    "cancel_invitation", "deactivate", "assign_manager", "update_fields", "grant_methodology", "withdraw_methodology",
})  # fmt: skip
"""The actions that can be taken back at once."""
MAX_UNDOABLE = 10_000
"""Users whom one action may have touched, those who moved up among them: of more it is not offered."""
_FORGOTTEN_EVERY = 60.0


def begin(uow: UnitOfWork) -> None:
    """From here on it is kept whom the command touches."""
    uow.journal = {}


async def offer(uow: UnitOfWork, by: Actor) -> UndoableAction | None:
    """Keeps what was done, so that it can be taken back; None where nothing was, or too much."""
    touched, uow.journal = tuple((uow.journal or {}).values()), None
    if not 0 < len(touched) <= MAX_UNDOABLE:
        return None
    # Counted from now: the work of an action on thousands is no part of the time to think.
    until = datetime.now(UTC) + OFFERED_FOR
    action = UndoableAction(new_id(), _known_as(by), until, await _digest(uow), touched)
    await query.keep(uow.conn, uow.company_id, action)
    return action


async def undo_action(uow: UnitOfWork, action_id: UUID, by: Actor) -> Sequence[UUID]:
    """Takes back what ``by`` has done; returns whom that touched, of those invited again the new ids. Raises Refused:
    ``nothing_to_undo``, ``undo_over``, ``changed_since`` where the company's settings have changed or managers have,
    ``licenses_exceeded``, ``methodology_seats_exceeded``, ``too_many_for_today``; and RefusedForSome."""
    await uow.lock_company("exclusive", by)
    action = await query.take(uow.conn, uow.company_id, action_id)
    if action is None or action.by != _known_as(by):
        raise Refused("nothing_to_undo")
    if uow.at > action.until:
        raise Refused("undo_over")
    ids = [each.before.user_id for each in action.touched if not each.gone]
    present = await stream_snapshots.users(uow.conn, uow.company_id, ids)
    if changed := changed_since(action.touched, {i: snapshot.version for i, snapshot in present.items()}):
        raise RefusedForSome([Reason(user_id, "changed_since") for user_id in changed])
    if action.settings != await _digest(uow):
        raise Refused("changed_since")
    back = _Return(uow, by, action.touched, present)
    await back.check_managers()
    await back.carry_out()
    await uow.flush()
    return back.user_ids


class _Return:
    """What there is to do. ``again``: who is invited again, by the id that they had."""

    def __init__(
        self, uow: UnitOfWork, by: Actor, touched: Sequence[Touched], present: Mapping[UUID, Snapshot[Member]]
    ) -> None:
        self._uow, self._by, self._present = uow, by, present
        self._gone = [each.before for each in touched if each.gone]
        self._still = [each.before for each in touched if not each.gone]
        self._again = {user.user_id: Manager(new_id(), user.profile.email) for user in self._gone}
        self._profiles = {user.user_id: restored(user.profile, self._again) for user in (*self._gone, *self._still)}
        self._returning = [user for user in self._still if isinstance(present[user.user_id].state, Inactive)]

    @property
    def user_ids(self) -> Sequence[UUID]:
        """Whom it touches, as they are known from now on."""
        return [self._known_as(user.user_id) for user in (*self._gone, *self._still)]

    async def check_managers(self) -> None:
        """Raises where somebody's manager of then is none any more, or would report to them."""
        uow, coming = self._uow, {self._known_as(user.user_id) for user in (*self._gone, *self._returning)}
        new = {self._known_as(i): p.reports_to.user_id for i, p in self._profiles.items() if p.reports_to}
        others = set(new.values()) - coming
        known = await stream_snapshots.users(uow.conn, uow.company_id, others)
        live = {i for i, snapshot in known.items() if snapshot.state.status in LIVE}
        if lost := [i for i, p in self._profiles.items() if p.reports_to and p.reports_to.user_id in others - live]:
            raise RefusedForSome([Reason(user_id, "changed_since") for user_id in lost])
        if new and closes_circle(new, await stream_snapshots.manager_chains(uow.conn, uow.company_id, others)):
            raise Refused("changed_since")

    async def carry_out(self) -> None:
        """Decides it all."""
        uow, claiming = self._uow, [*self._gone, *self._returning]
        held = await addresses.lock(uow.conn, [email_key(user) for user in claiming])
        taken = [
            Reason(u.user_id, _taken(held[email_key(u)], uow.company_id))
            for u in claiming
            if held[email_key(u)].user_id is not None
        ]
        if taken:
            raise RefusedForSome(taken)
        await uow.check_daily_limit(len(self._gone))
        await uow.decide_licenses(ReserveLicenses(len(self._gone), "invitation"))
        await uow.decide_licenses(ReserveLicenses(len(self._returning), "reactivation"))
        reasons: list[Reason] = []
        sent = await recent_invitations(
            uow.conn, [email_key(user) for user in self._gone], uow.policy.address_limit, uow.at
        )
        for user in self._gone:
            key, anew = email_key(user), self._again[user.user_id].user_id
            command = Invite(
                anew,
                uow.company_id,
                self._profiles[user.user_id],
                held[key].plan,
                new_id(),
                self._by,
                uow.at,
                uow.policy.lifetime,
                recent=sent[key],
            )
            had = permissions_of_then(user, self._by)
            uow.seats.had_already(dict.fromkeys(consumed(user.access), 1), "consumed")
            self._decide(
                reasons, user.user_id, anew, Snapshot(Nobody(), 0), command, had, *seats_of_then(user, self._by)
            )
        remains = await admins.remain(uow.conn, uow.company_id, [user.user_id for user in self._still])
        for user in self._still:
            snapshot = self._present[user.user_id]
            back = inverse(user, snapshot.state, self._profiles[user.user_id], self._by, uow.at, admin_remains=remains)
            self._decide(reasons, user.user_id, user.user_id, snapshot, *back)
        if reasons:
            raise RefusedForSome(reasons)
        await uow.decide_seats("invitation" if self._gone else "reactivation" if self._returning else "granted")

    def _decide(
        self, reasons: list[Reason], about: UUID, user_id: UUID, snapshot: Snapshot[Member | Nobody], *do: UserCommand
    ) -> None:
        try:
            self._uow.decide_user(user_id, snapshot, *do)
        except Refused as refused:
            reasons.append(Reason(about, refused.code, refused.facts))

    def _known_as(self, user_id: UUID) -> UUID:
        return self._again[user_id].user_id if user_id in self._again else user_id


@dataclass(frozen=True, slots=True)
class ForgetUndoable:
    """The background task that forgets what can no longer be taken back."""

    pool: Pool
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def run(self) -> None:
        """Looks until cancelled."""
        await run_periodically(_FORGOTTEN_EVERY, self.once)

    async def once(self) -> None:
        """Once. What has just run out stays a while, so that who comes late is told so."""
        await query.forget(self.pool, self.now() - timedelta(seconds=_FORGOTTEN_EVERY))


def _known_as(by: Actor) -> str:
    return by.subject or by.email


async def _digest(uow: UnitOfWork) -> str:
    return presumed.digest(rules_of(await uow.settings()).company)


def _taken(address: addresses.Address, company_id: UUID) -> Code:
    return "user_exists" if address.company_id == company_id else "email_in_other_company"
