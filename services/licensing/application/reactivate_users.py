"""Making Inactive users Active again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.licensing.application import direct_reports
from services.licensing.application.bulk import Reason, RefusedForSome, decide_each, found
from services.licensing.application.form_validation import email_key
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.user.commands import Reactivate
from services.licensing.domain.user.state import Actor, Inactive, Member
from services.licensing.read_models.team import addresses


async def reactivate_users(uow: UnitOfWork, user_ids: Sequence[UUID], by: Actor, *, with_reports: bool = False) -> None:
    """Makes Inactive users Active again; ``with_reports``: who reported to them until then does so again. Raises
    RefusedForSome, and Refused ``licenses_exceeded``."""
    await (uow.lock_company("exclusive", by) if with_reports else uow.lock_company("shared", by))
    users = await found(uow, user_ids)
    held = await addresses.lock(uow.conn, [email_key(snapshot.state) for snapshot in users.values()])
    decide_each(uow, users, lambda _: [Reactivate(by, uow.at)])
    if reasons := _taken(users, held):
        raise RefusedForSome(reasons)
    await uow.decide_licenses(ReserveLicenses(len(users), "reactivation"))
    if with_reports:
        direct_reports.bring_back(uow, await direct_reports.returning(uow.tx, uow.company_id, list(users)), by)
    await uow.flush()


def _taken(users: Mapping[UUID, Snapshot[Member]], held: Mapping[str, addresses.Address]) -> list[Reason]:
    """An Inactive user holds no address, so another company may have invited the person meanwhile."""
    return [
        Reason(user_id, "email_in_other_company")
        for user_id, snapshot in users.items()
        if isinstance(snapshot.state, Inactive) and held[email_key(snapshot.state)].user_id is not None
    ]
