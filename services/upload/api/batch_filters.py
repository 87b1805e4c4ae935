"""The filters of the list of batches, as an address has them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, get_args

from fastapi import Depends, Query

from services.upload.domain.refusals import BatchStatus
from services.upload.messages import UNKNOWN_STATUS, UNKNOWN_TIME
from services.upload.read_models.batches.query import BatchFilter

STATUSES: tuple[BatchStatus, ...] = get_args(BatchStatus)


def filters(
    status: Annotated[str, Query(max_length=200, description="Only these statuses, by comma.")] = "",
    uploaded_by: Annotated[
        str | None, Query(max_length=320, description="Only what whoever has this address uploaded.")
    ] = None,
    since: Annotated[
        str | None,
        Query(alias="from", max_length=40, description="Only what was uploaded then or later: a time, or a day (UTC)."),
    ] = None,
    until: Annotated[
        str | None,
        Query(alias="to", max_length=40, description="Only what was uploaded before that time, or up to that day."),
    ] = None,
    tidied: Annotated[bool | None, Query(description="Only what was tidied away, or only what was not.")] = None,
) -> BatchFilter:
    """Dependency: which batches are asked for. Problem 422 `unknown_status`, `unknown_time`."""
    statuses = [each for each in status.split(",") if each]
    if unknown := [each for each in statuses if each not in STATUSES]:
        raise UNKNOWN_STATUS(status=unknown[0], known=", ".join(STATUSES))
    return BatchFilter(statuses, uploaded_by, _moment(since), _moment(until, end=True), tidied)


Among = Annotated[BatchFilter, Depends(filters)]


def _moment(text: str | None, *, end: bool = False) -> datetime | None:
    """The time that is said; of a day its beginning, or its `end`."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        whole_day = end and len(text) <= _DAY
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        return moment + timedelta(days=1) if whole_day else moment
    except (ValueError, OverflowError):
        raise UNKNOWN_TIME(time=text) from None


_DAY = len("2026-11-30")
