"""From a refusal to its answer."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues
from services.licensing.application.lock_retry import CompanyBusy
from services.licensing.domain.refusals import Refused
from services.licensing.formats.scim.person import Unreadable
from services.licensing.messages import BUSY, OFFERED_ALREADY, REFUSALS, SCIM_CODES, TOO_LARGE
from shared.eventsourcing.event_store import MessageTooLarge, VersionConflict
from shared.http.audit import answered
from shared.http.problems import Problem, unavailable
from shared.people.model import Finding


def of_refusal(refused: Refused) -> Problem:
    """One command refused, whole."""
    facts: dict[str, Any] = dict(refused.facts)
    offered = refused.code == "records_required" and facts.pop("offered")
    kind = OFFERED_ALREADY if offered else REFUSALS[refused.code]
    headers = {"Retry-After": str(facts["seconds"])} if "seconds" in facts else None
    return kind(headers=headers, extra=facts)


def of_some(refused: RefusedForSome) -> Problem:
    """A command for many refused, with the answer for each for whom it can't be done. An unknown id goes before."""
    first = next((r for r in refused.reasons if r.code == "not_found"), refused.reasons[0])
    items = [{"user_id": str(r.user_id), "code": r.code, "message": REFUSALS[r.code].detail} for r in refused.reasons]
    others = len(items) - 1
    more = f" The same or another reason stands in the way for {others} more; nothing was done." if others else ""
    waits = [int(r.facts["seconds"]) for r in refused.reasons if "seconds" in r.facts]
    headers = {"Retry-After": str(max(waits))} if waits else None
    kind = REFUSALS[first.code]
    return kind(detail=kind.detail + more, headers=headers, extra={"items": items})


def of_findings(unfit: InvalidValues) -> Problem:
    """Values that can't be taken, all of them named."""
    first = unfit.findings[0]
    items = [
        {"user_id": str(user_id), "code": finding.code, "message": finding.message, "column": finding.column}
        for user_id, findings in unfit.of.items()
        for finding in findings
    ]
    errors = [error(finding) for finding in unfit.findings]
    extra: dict[str, Any] = {"errors": errors, "items": items} if items else {"errors": errors}
    return Problem(422, first.code, first.message, **extra)


def error(finding: Finding) -> dict[str, Any]:
    """A finding as rows and forms show it."""
    return {
        "code": finding.code,
        "column": finding.column,
        "message": finding.message,
        "value": finding.value,
        "suggestion": finding.suggestion,
    }


def install(app: FastAPI) -> None:
    """Makes each refusal a problem document."""
    app.add_exception_handler(Refused, _answer)
    app.add_exception_handler(RefusedForSome, _answer)
    app.add_exception_handler(InvalidValues, _answer)
    app.add_exception_handler(MessageTooLarge, _answer)
    app.add_exception_handler(VersionConflict, _answer)
    app.add_exception_handler(CompanyBusy, _answer)
    app.add_exception_handler(Unreadable, _answer)


async def _answer(_: Request, refused: Exception) -> Response:
    match refused:
        case Refused():
            return answered(of_refusal(refused)).response()
        case RefusedForSome():
            return answered(of_some(refused)).response()
        case InvalidValues():
            return of_findings(refused).response()
        case Unreadable():
            return SCIM_CODES[refused.why](what=refused.what).response()
        case MessageTooLarge():
            return TOO_LARGE().response()
        case _:
            return unavailable(BUSY).response()
