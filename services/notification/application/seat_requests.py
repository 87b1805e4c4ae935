"""Who is mailed what about a request for more licenses, its answer, and the batch that waits for it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import usher_contracts as contracts
from services.notification.domain.mail.content import BatchCheckedAgain, SeatsAnswered, SeatsRequested, WantedSeats

SeatsMail = SeatsRequested | SeatsAnswered | BatchCheckedAgain
AboutSeats = contracts.SeatsRequested | contracts.SeatsRequestAnswered | contracts.BatchCheckedAgain


def mails_about(event: AboutSeats) -> Iterator[tuple[str, SeatsMail]]:
    """Each recipient's address, and what they are told."""
    match event:
        case contracts.SeatsRequested():
            for purchaser in event.purchasers:
                yield purchaser.email, _requested(event, purchaser)
        case contracts.SeatsRequestAnswered():
            yield event.asked_by.email, _answered(event)
        case contracts.BatchCheckedAgain():
            for admin in event.admins:
                yield admin.email, _checked_again(event, admin)


def _requested(event: contracts.SeatsRequested, purchaser: contracts.Person) -> SeatsRequested:
    return SeatsRequested(
        request_id=UUID(event.request_id),
        purchaser_name=purchaser.name if purchaser.name != purchaser.email else "",
        asked_by_name=event.asked_by.name,
        asked_by_email=event.asked_by.email,
        licenses=event.licenses,
        methodologies=_methodologies(event),
        note=event.note,
    )


def _answered(event: contracts.SeatsRequestAnswered) -> SeatsAnswered:
    return SeatsAnswered(
        request_id=UUID(event.request_id),
        admin_name=event.asked_by.name,
        granted=event.state == "granted",
        licenses=event.licenses,
        methodologies=_methodologies(event),
        comment=event.comment,
        batch_id=UUID(event.batch_id) if event.batch_id else None,
    )


def _checked_again(event: contracts.BatchCheckedAgain, admin: contracts.Person) -> BatchCheckedAgain:
    return BatchCheckedAgain(
        batch_id=UUID(event.batch_id),
        admin_name=admin.name,
        file_name=event.file_name,
        ready=event.status == "ready_for_review",
        invite=event.invite,
        change=event.change,
        errors=event.error,
    )


def _methodologies(event: contracts.SeatsRequested | contracts.SeatsRequestAnswered) -> tuple[WantedSeats, ...]:
    names = event.methodology_names
    return tuple(WantedSeats(names.get(one, one), seats) for one, seats in event.methodologies.items())
