"""What may have to be looked into afterwards: who came and went, what was refused to whom, what was asked too often.

An audit event is a line of the log with `audit=true`, under a name that stays, and a counter. Like every line of a
request it has its id and `who`: nobody's name or address stands in it.
"""

from typing import Literal

import structlog
from prometheus_client import Counter

from shared.http.problems import Problem

Name = Literal[
    "signed_in", "sign_in_failed", "signed_out", "refused", "addresses_told", "addresses_withheld", "person_shown"
]

EVENTS = Counter("usher_audit_events_total", "Audit events; `code` says why something was refused.", ["event", "code"])
_STATUSES = (401, 403, 429)

log = structlog.stdlib.get_logger("shared.http.audit")


def record(event: Name, code: str = "", **facts: str | int) -> None:
    """One audit event. code: stable, of few kinds. facts: ids and numbers, never names or addresses."""
    log.info(event, audit=True, code=code, **facts)
    EVENTS.labels(event, code).inc()


def answered(problem: Problem) -> Problem:
    """The problem, on its way out: recorded where it refuses somebody something."""
    if problem.status in _STATUSES or problem.about_rights:
        record("refused", problem.code, status=problem.status)
    return problem
