"""Asking for more licenses and seats, and what the billing side answers."""

from uuid import UUID

from msgspec.structs import replace

from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.refusals import Refused
from services.licensing.domain.seat_request.commands import AnswerRequest, RequestSeats
from services.licensing.domain.seat_request.decide import SEAT_REQUEST
from services.licensing.domain.seat_request.events import SeatsRequested, WantedSeats
from services.licensing.domain.seat_request.state import NotRequested
from services.licensing.domain.stored_events import seat_request_stream
from services.licensing.domain.user.state import Actor
from services.licensing.read_models.known_batches.query import is_known
from services.licensing.read_models.seat_requests import query


async def request_seats(
    uow: UnitOfWork, wanted: WantedSeats, note: str | None, batch_id: UUID | None, by: Actor
) -> SeatsRequested:
    """Records the request; who may authorize purchases is told of it. Raises Refused as the decider,
    and ``batch_unknown``."""
    await uow.lock_company("shared", by)
    settings = await uow.settings()
    if batch_id and not await is_known(uow.conn, uow.company_id, batch_id):
        raise Refused("batch_unknown")
    request_id = new_id()
    request = SeatsRequested(
        request_id,
        uow.company_id,
        by,
        _named(wanted, settings),
        note,
        batch_id,
        tuple(await query.purchasers(uow.conn, uow.company_id)),
    )
    known, waiting = (
        frozenset(each.id for each in settings.methodologies),
        await query.count_open(uow.conn, uow.company_id),
    )
    stream = uow.track(SEAT_REQUEST, seat_request_stream(request_id), NotRequested(), 0)
    stream.decide(RequestSeats(request, known, waiting), uow.context)
    await uow.flush()
    return request


def _named(wanted: WantedSeats, settings: CompanySettings) -> WantedSeats:
    names = {each.id: each.name for each in settings.methodologies if each.id in wanted.methodologies}
    return replace(wanted, names=names)


async def answer_request(uow: UnitOfWork, request_id: UUID, command: AnswerRequest) -> None:
    """Records the answer; who asked is told. Raises Refused ``request_unknown``, ``answered_otherwise``."""
    if not await query.is_of(uow.conn, uow.company_id, request_id):
        raise Refused("request_unknown")
    stream = await uow.load(SEAT_REQUEST, seat_request_stream(request_id))
    stream.decide(command, uow.context)
    await uow.flush()
