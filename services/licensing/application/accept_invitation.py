"""An invitee accepts by their link."""

from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.commands import Accept
from services.licensing.domain.user.state import Records
from services.licensing.read_models.invitations.query import Link
from shared.people.address import domain_key


async def accept(uow: UnitOfWork, link: Link, invitation_id: UUID, records: Records | None) -> None:
    """Makes them Active. Raises Refused: ``used``, ``superseded``, ``cancelled``, ``expired``, ``not_sso_domain``,
    ``records_required``."""
    await uow.lock_company("shared", None)
    snapshot = await stream_snapshots.link_holder(uow.conn, link)
    domains = tuple(domain_key(domain) for domain in (await uow.settings()).sso_domains)
    uow.decide_user(link.user_id, snapshot, Accept(invitation_id, records, uow.at, domains))
    await uow.flush()
