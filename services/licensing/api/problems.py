"""From a refusal to its answer."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response

from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues
from services.licensing.application.lock_retry import CompanyBusy
from services.licensing.domain.refusals import Code, Refused
from services.licensing.messages import BUSY, MESSAGES, TOO_LARGE
from shared.eventsourcing.event_store import MessageTooLarge, VersionConflict
from shared.http.audit import answered
from shared.http.problems import Problem, unavailable
from shared.people.model import Finding

_GONE: frozenset[Code] = frozenset({"used", "superseded", "cancelled", "expired"})
_ABOUT_RIGHTS: frozenset[Code] = frozenset({"own_account"})


def status_of(code: Code) -> int:
    """The HTTP status of a refusal."""
    if code in _GONE:
        return 410
    match code:
        case "not_found":
            return 404
        case "too_soon" | "too_many_for_today":
            return 429
        case "plan_required" | "deactivated" | "not_sso_domain":
            return 403
        case _:
            return 409


def of_refusal(refused: Refused) -> Problem:
    """One command refused, whole."""
    facts: dict[str, Any] = dict(refused.facts)
    status = status_of(refused.code)
    if refused.code == "records_required" and facts.pop("offered"):
        status = 422  # the offer stood on the page from the start; a later one is a conflict with what was seen
    headers = {"Retry-After": str(facts["seconds"])} if "seconds" in facts else None
    about_rights = refused.code in _ABOUT_RIGHTS
    return Problem(status, refused.code, MESSAGES[refused.code], None, headers, about_rights=about_rights, **facts)


def of_some(refused: RefusedForSome) -> Problem:
    """A command for many refused, with the answer for each for whom it can't be done. An unknown id goes before."""
    first = next((r for r in refused.reasons if r.code == "not_found"), refused.reasons[0])
    items = [{"user_id": str(r.user_id), "code": r.code, "message": MESSAGES[r.code]} for r in refused.reasons]
    others = len(items) - 1
    more = f" The same or another reason stands in the way for {others} more; nothing was done." if others else ""
    waits = [int(r.facts["seconds"]) for r in refused.reasons if "seconds" in r.facts]
    headers = {"Retry-After": str(max(waits))} if waits else None
    about_rights = first.code in _ABOUT_RIGHTS
    sentence = MESSAGES[first.code] + more
    return Problem(status_of(first.code), first.code, sentence, None, headers, about_rights=about_rights, items=items)


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
        "code": finding.code, "column": finding.column, "message": finding.message, "value": finding.value,
        "suggestion": finding.suggestion,
    }  # fmt: skip


def install(app: FastAPI) -> None:
    """Makes each refusal a problem document."""
    app.add_exception_handler(Refused, _answer)
    app.add_exception_handler(RefusedForSome, _answer)
    app.add_exception_handler(InvalidValues, _answer)
    app.add_exception_handler(MessageTooLarge, _answer)
    app.add_exception_handler(VersionConflict, _answer)
    app.add_exception_handler(CompanyBusy, _answer)


async def _answer(_: Request, refused: Exception) -> Response:
    match refused:
        case Refused():
            return answered(of_refusal(refused)).response()
        case RefusedForSome():
            return answered(of_some(refused)).response()
        case InvalidValues():
            return of_findings(refused).response()
        case MessageTooLarge():
            return Problem(422, "too_large", TOO_LARGE).response()
        case _:
            return unavailable(BUSY).response()
