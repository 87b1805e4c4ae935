"""One command for many users: all or nothing, with the answer for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.user.commands import UserCommand
from services.licensing.domain.user.state import Member


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it can't be done for this user."""

    user_id: UUID
    code: Code
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class RefusedForSome(Exception):
    """Nothing is done; ``reasons`` name those for whom it can't be."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = tuple(reasons)


async def found(uow: UnitOfWork, user_ids: Sequence[UUID]) -> dict[UUID, Snapshot[Member]]:
    """All of them, as of now, in the order given. Raises RefusedForSome ``not_found`` for who is not in the list."""
    known = await stream_snapshots.users(uow.conn, uow.company_id, user_ids)
    unknown = [Reason(user_id, "not_found") for user_id in dict.fromkeys(user_ids) if user_id not in known]
    if unknown:
        raise RefusedForSome(unknown)
    return {user_id: known[user_id] for user_id in dict.fromkeys(user_ids)}


def decide_each(
    uow: UnitOfWork, users: Mapping[UUID, Snapshot[Member]], commands: Callable[[Member], Sequence[UserCommand]]
) -> None:
    """Decides for each of them. Raises RefusedForSome with every refusal at once."""
    reasons: list[Reason] = []
    for user_id, snapshot in users.items():
        try:
            uow.decide_user(user_id, snapshot, *commands(snapshot.state))
        except Refused as refused:
            reasons.append(Reason(user_id, refused.code, refused.facts))
    if reasons:
        raise RefusedForSome(reasons)
