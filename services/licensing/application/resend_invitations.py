"""Sending invitations again, each with a new link."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.application.bulk import decide_each, found
from services.licensing.application.form_validation import email_key
from services.licensing.application.unit_of_work import Desk, new_id
from services.licensing.domain.user.commands import Resend
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.invitations.sent import mailboxes


async def resend_invitations(desk: Desk, user_ids: Sequence[UUID], by: Actor) -> None:
    """New links for who is invited. Raises RefusedForSome."""
    await desk.beside_others(by)
    terms = desk.terms
    users = await found(desk, user_ids)
    sent = await mailboxes(desk.conn, {email_key(head.state) for head in users.values()}, terms.pace, desk.at)
    decide_each(desk, users, lambda user: [Resend(new_id(), by, desk.at, terms.lifetime, sent[email_key(user)])])
    await desk.invitations(len(users))
    await desk.done()
