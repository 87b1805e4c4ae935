"""The invitee's side: what a link offers, and accepting it. No sign-in: the link is the proof."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, Request

from services.licensing.api.bodies import Acceptance, Accepted, Offer, Transfer
from services.licensing.api.parts import PartsDep
from services.licensing.application import stream_snapshots
from services.licensing.application.accept_invitation import accept
from services.licensing.domain.user.decide import check_invitation
from services.licensing.domain.user.state import PendingTransfer
from services.licensing.messages import NO_LINK
from services.licensing.read_models.invitations import query
from services.licensing.read_models.invitations.query import Link
from services.licensing.read_models.team.history import Person
from shared.http.openapi import problem_responses
from shared.http.rate_limit import caller
from shared.http.request_context import new_context
from shared.people.origins import INVITEE
from shared.postgres import row_security

router = APIRouter(prefix="/api/v1/invitations", responses=problem_responses(404, 410, 429), tags=["invitations"])


@router.get("/{token}")
async def offer(request: Request, token: str, parts: PartsDep) -> Offer:
    """What the link offers. Changes nothing: mail scanners fetch links."""
    invitation_id, link = await _find(request, parts, token)
    async with parts.reading() as conn:
        snapshot = await stream_snapshots.link_holder(conn, link)
        user = check_invitation(snapshot.state, invitation_id, datetime.now(UTC))
        company = await stream_snapshots.company_name(conn, link.company_id)
    by = user.invitation.by
    return Offer(
        company=company,
        invited_by=Person(email=by.email, name=by.name),
        email=user.profile.email,
        first_name=user.profile.first_name,
        last_name=user.profile.last_name,
        transfer=Transfer(plan=user.plan) if isinstance(user, PendingTransfer) else None,
        expires_at=user.invitation.expires_at,
    )


@router.post("/{token}/accept", responses=problem_responses(403, 409))
async def accept_invitation(request: Request, token: str, parts: PartsDep, body: Acceptance | None = None) -> Accepted:
    """Makes the user Active. ``records`` is required where a transfer is offered. 403 `not_sso_domain` where the
    company has set SSO domains since, and the address is outside them."""
    invitation_id, link = await _find(request, parts, token)
    records = body.records if body else None
    await parts.commands.run(
        link.company_id, new_context(request, origin=INVITEE), lambda uow: accept(uow, link, invitation_id, records)
    )
    return Accepted(user_id=link.user_id)


async def _find(request: Request, parts: PartsDep, token: str) -> tuple[UUID, Link]:
    """Whose link it is. Problem 404 for one that was never issued, 429 for whoever tries too many such, or one link too
    often. Whoever shares an address with a guesser is not kept from a link that is good."""
    invitation_id = parts.signer.verify(token)
    # A link has one spelling, which needs no escapes.
    if invitation_id is None or b"%" in request.scope["raw_path"]:
        parts.link_limits.unknown.take(caller(request))
        raise NO_LINK()
    parts.link_limits.link.take(str(invitation_id))
    async with parts.reading() as conn:
        link = await query.link(conn, invitation_id)
    if link is None:
        raise NO_LINK()
    row_security.bind(link.company_id)
    return invitation_id, link
