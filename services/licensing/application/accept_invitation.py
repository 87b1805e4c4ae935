"""An invitee accepts by their link."""

from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.user.commands import Accept
from services.licensing.domain.user.state import Records
from services.licensing.read_models.invitations.query import Link
from shared.people.address import domain_key


async def accept(desk: Desk, link: Link, invitation_id: UUID, records: Records | None) -> None:
    """Makes them Active. Raises Refused: ``used``, ``superseded``, ``cancelled``, ``expired``, ``not_sso_domain``,
    ``records_required``."""
    await desk.beside_others(None)
    head = await stream_snapshots.link_holder(desk.conn, link)
    domains = tuple(domain_key(domain) for domain in (await desk.settings()).sso_domains)
    desk.decide(link.user_id, head, Accept(invitation_id, records, desk.at, domains))
    await desk.done()
