"""Making Inactive users Active again."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.licensing.application import direct_reports
from services.licensing.application.bulk import Reason, RefusedForSome, decide_each, found
from services.licensing.application.form_validation import email_key
from services.licensing.application.stream_snapshots import Head
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.user.commands import Reactivate
from services.licensing.domain.user.state import Actor, Inactive, Member
from services.licensing.read_models.team import addresses


async def reactivate_users(desk: Desk, user_ids: Sequence[UUID], by: Actor, *, with_reports: bool = False) -> None:
    """Makes Inactive users Active again; ``with_reports``: who reported to them until then does so again. Raises
    RefusedForSome, and Refused ``licenses_exceeded``."""
    await (desk.alone(by) if with_reports else desk.beside_others(by))
    users = await found(desk, user_ids)
    held = await addresses.lock(desk.conn, [email_key(head.state) for head in users.values()])
    decide_each(desk, users, lambda _: [Reactivate(by, desk.at)])
    if reasons := _taken(users, held):
        raise RefusedForSome(reasons)
    await desk.licenses(ReserveLicenses(len(users), "reactivation"))
    if with_reports:
        direct_reports.bring_back(desk, await direct_reports.returning(desk.tx, desk.company_id, list(users)), by)
    await desk.done()


def _taken(users: Mapping[UUID, Head[Member]], held: Mapping[str, addresses.Address]) -> list[Reason]:
    """An Inactive user holds no address, so another company may have invited the person meanwhile."""
    return [
        Reason(user_id, "email_in_other_company")
        for user_id, head in users.items()
        if isinstance(head.state, Inactive) and held[email_key(head.state)].user_id is not None
    ]
