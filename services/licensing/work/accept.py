"""An invitee accepts by their link."""

from uuid import UUID

from services.licensing.decisions.user_commands import (
    Accept,
)
from services.licensing.invitations import query
from services.licensing.invitations.query import Link
from services.licensing.user import Records
from services.licensing.work.desk import Desk
from shared.people.address import domain_key


async def accept(desk: Desk, link: Link, invitation_id: UUID, records: Records | None) -> None:
    """Makes them Active. Raises Refused: ``used``, ``superseded``, ``cancelled``, ``expired``, ``not_sso_domain``,
    ``records_required``."""
    await desk.beside_others(None)
    head = await query.holder(desk.conn, link)
    domains = tuple(domain_key(domain) for domain in (await desk.settings()).sso_domains)
    desk.decide(link.user_id, head, Accept(invitation_id, records, desk.at, domains))
    await desk.done()
