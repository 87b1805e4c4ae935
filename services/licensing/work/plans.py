"""The platform says that a person's own account has begun or is gone; who is invited under that address is told so."""

from dataclasses import replace

from services.licensing import heads
from services.licensing.decisions.plan import PLAN, RecordPlan
from services.licensing.decisions.user_commands import (
    TellPlan,
)
from services.licensing.event_types import Event
from services.licensing.plan import Account, NoAccount, stream
from services.licensing.team import addresses
from services.licensing.team.addresses import Address
from services.licensing.work.desk import Desk, Terms, beside_others
from shared.eventsourcing.event_store import Transaction, VersionConflict
from shared.eventsourcing.events import Context


async def record_plan(tx: Transaction[Event], command: RecordPlan, terms: Terms, context: Context) -> None:
    """Records the plan and, in the same transaction, what it makes of the user who holds the address. ``command.email``
    in compared form."""
    address = await _hold(tx, command.email)
    history = await tx.load(stream(command.email))
    events = PLAN.decide(command, NoAccount() if address.plan is None else Account(address.plan))
    # Of no company: the account is the person's own.
    await tx.append(stream(command.email), len(history), events, replace(context, company_id=None))
    if address.user_id is not None and address.company_id is not None:
        desk = Desk(tx, address.company_id, context, terms)
        head = (await heads.users(desk.conn, address.company_id, [address.user_id]))[address.user_id]
        desk.decide(address.user_id, head, TellPlan(command.plan))
        await desk.done()
    elif not events:
        await addresses.let_go(tx.conn, [command.email])


async def _hold(tx: Transaction[Event], key: str) -> Address:
    """The address, held, and before it the lock of the company whose user has it: in that order as everywhere. So it is
    looked at first, and again when it is held; who had it may have changed in between, then all is done again."""
    seen = await addresses.peek(tx.conn, key)
    if seen.company_id is not None:
        await beside_others(tx, seen.company_id)
    held = (await addresses.lock(tx.conn, [key]))[key]
    if held.company_id != seen.company_id:
        raise VersionConflict(key.partition("@")[2])
    return held
