"""The platform says that a person's own account has begun or is gone; who is invited under that address is told so."""

from dataclasses import replace

from services.licensing.application import stream_snapshots
from services.licensing.application.unit_of_work import UnitOfWork, lock_company_shared
from services.licensing.domain.individual_plan.commands import RecordPlan
from services.licensing.domain.individual_plan.decide import PLAN
from services.licensing.domain.stored_events import Event, individual_plan_stream
from services.licensing.domain.user.commands import TellPlan
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.read_models.team import addresses
from services.licensing.read_models.team.addresses import Address
from shared.eventsourcing.event_store import Transaction, VersionConflict
from shared.eventsourcing.events import Context


async def record_individual_plan(
    tx: Transaction[Event], command: RecordPlan, policy: InvitationPolicy, context: Context
) -> None:
    """Records the plan and, in the same transaction, what it makes of the user who holds the address. ``command.email``
    in compared form."""
    address = await _hold(tx, command.email)
    # Of no company: the account is the person's own.
    of_nobody = replace(context, company_id=None)
    recorded = await tx.execute(PLAN, individual_plan_stream(command.email), command, of_nobody)
    if address.user_id is not None and address.company_id is not None:
        uow = UnitOfWork(tx, address.company_id, context, policy)
        snapshot = (await stream_snapshots.users(uow.conn, address.company_id, [address.user_id]))[address.user_id]
        uow.decide_user(address.user_id, snapshot, TellPlan(command.plan))
        await uow.flush()
    elif not recorded.events:
        await addresses.let_go(tx.conn, [command.email])


async def _hold(tx: Transaction[Event], key: str) -> Address:
    """The address, held, and before it the lock of the company whose user has it: in that order as everywhere. So it is
    looked at first, and again when it is held; who had it may have changed in between, then all is done again."""
    seen = await addresses.peek(tx.conn, key)
    if seen.company_id is not None:
        await lock_company_shared(tx, seen.company_id)
    held = (await addresses.lock(tx.conn, [key]))[key]
    if held.company_id != seen.company_id:
        raise VersionConflict(key.partition("@")[2])
    return held
