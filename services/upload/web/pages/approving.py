"""A second admin: what Confirm says of one, and what they decide there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.pages.batches import PATH, stage
from services.upload.web.ports import APPROVAL_DAYS, Batch, CompanyChanged, Person, SeenRequest, approval_thresholds
from shared.http.problems import Problem
from shared.people.address import compare_form
from shared.people.text import harmless

router = APIRouter()

MAX_COMMENT = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)
_REFUSED = {
    "review_changed": "review_changed",
    "own_batch": "own_batch",
    "not_ready": "not_waiting",
    "already_confirmed": "not_waiting",
    "not_undoable": "undone_meanwhile",
}
"""Which note says that it was not approved or declined, by the code of the refusal."""
NOTES = frozenset({"review_changed", "not_ready", *_REFUSED.values()})
"""The notes that Confirm knows."""


@dataclass(frozen=True, slots=True)
class SecondAdmin:
    """What is said of a second admin. `asks`: one has to approve, and `others` are those who are asked. `until`: it
    waits for one until then; `own`: and the reader has asked."""

    asks: bool = False
    others: Sequence[Person] = ()
    until: datetime | None = None
    own: bool = False

    @property
    def days(self) -> int:
        """For how many days it waits."""
        return APPROVAL_DAYS


async def second_admin(
    deps: WebDependencies, visitor: Visitor, batch: Batch, company: CompanyChanged | None
) -> SecondAdmin:
    """What is to be said of one to this reader."""
    who = visitor.who
    if batch.approval and batch.status == "awaiting_approval":
        own = compare_form(batch.approval.asked_by.email) == compare_form(who.email)
        others = await deps.uploads.other_admins(who) if own else ()
        until = batch.approval.until or batch.approval.asked_at + timedelta(days=APPROVAL_DAYS)
        return SecondAdmin(others=others, until=until, own=own)
    thresholds, counts = approval_thresholds(company), batch.counts
    rows = counts.invite + counts.change + (counts.cancel or 0) + (counts.restore or 0)
    if thresholds is None or not thresholds.exceeded_by(rows, batch.seats.occupied):
        return SecondAdmin()
    return SecondAdmin(asks=True, others=await deps.uploads.other_admins(who))


@router.post(f"{PATH}/{{batch_id}}/approve")
async def approved(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Approves the request that the form was made of; any other leads back to what it is now."""
    fields = await checked_form(request, deps, visitor)
    review = fields.get("review", "")
    seen = SeenRequest(int(review) if review.isdecimal() else 0, _asked_at(fields))
    try:
        batch = await deps.uploads.approve(request, visitor.who, batch_id, seen)
    except Problem as refused:
        return _back(batch_id, refused)
    return RedirectResponse(stage(batch), 303)


@router.post(f"{PATH}/{{batch_id}}/decline")
async def declined(request: Request, deps: Deps, visitor: Admin, batch_id: UUID) -> Response:
    """Sends it back to its review; who asked takes it back so."""
    fields = await checked_form(request, deps, visitor)
    comment = harmless(fields.get("comment", ""))[:MAX_COMMENT] or None
    try:
        batch = await deps.uploads.decline(request, visitor.who, batch_id, comment, _asked_at(fields))
    except Problem as refused:
        return _back(batch_id, refused)
    return RedirectResponse(stage(batch), 303)


def _asked_at(fields: Mapping[str, str]) -> datetime:
    """When the request was made that the form was made of; a form that does not say it was made of none."""
    try:
        asked_at = datetime.fromisoformat(fields.get("asked_at", ""))
    except ValueError:
        return _NEVER
    return asked_at if asked_at.tzinfo else _NEVER


def _back(batch_id: UUID, refused: Problem) -> Response:
    """To the batch as it is now, with why nothing was decided; raises what is no such reason."""
    if refused.code not in _REFUSED:
        raise refused
    return RedirectResponse(f"{PATH}/{batch_id}/confirm?note={_REFUSED[refused.code]}", 303)
