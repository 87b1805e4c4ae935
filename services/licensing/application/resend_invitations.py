"""Sending invitations again, each with a new link."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application.bulk import decide_each, found
from services.licensing.application.form_validation import email_key
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.user.commands import Resend
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.invitations.sent import recent_invitations


async def resend_invitations(uow: UnitOfWork, user_ids: Sequence[UUID], by: Actor) -> None:
    """New links for who is invited. Raises RefusedForSome."""
    await uow.lock_company("shared", by)
    policy = uow.policy
    users = await found(uow, user_ids)
    sent = await recent_invitations(
        uow.conn, {email_key(snapshot.state) for snapshot in users.values()}, policy.address_limit, uow.at
    )
    decide_each(uow, users, lambda user: [Resend(new_id(), by, uow.at, policy.lifetime, sent[email_key(user)])])
    await uow.check_daily_limit(len(users))
    await uow.flush()
