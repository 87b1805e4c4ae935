"""A daily quota of what a company's admins are told of people outside of it: that another company has them, or that
they have an account of their own. Each is an honest answer to a form, and whoever asks often enough learns who uses
Usher. So it is rationed: when the day's answers are used up, nothing is looked up before tomorrow, whoever it is about.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

from services.licensing.api.parts import Parts
from services.licensing.application.bulk import RefusedForSome
from services.licensing.application.form_validation import InvalidValues
from services.licensing.domain.refusals import Refused
from services.licensing.messages import TOLD_ENOUGH
from shared.http import audit, idempotency
from shared.http.daily_quota import seconds_left_today
from shared.http.idempotency import Call
from shared.http.problems import Problem

_TELLS = "email_in_other_company"
# There from the start, at 0: an alert sees the first one, too.
audit.EVENTS.labels("addresses_withheld", "form")


class OfACompany(Protocol):
    """Who asks, for a company."""

    @property
    def company(self) -> str: ...


class Answer:
    """The answer to one form. It tells something of an outsider where it is refused so, or where somebody `has_a_plan`:
    who was invited is Pending Transfer."""

    has_a_plan = False


@asynccontextmanager
async def asking(
    parts: Parts, who: OfACompany, about: Sequence[str], call: Call | None = None
) -> AsyncGenerator[Answer]:
    """Around a command whose answer may tell something of those whom it is `about`: addresses in compared form, or ids.
    Problem 429 `too_many_for_today` where no more may be told; the same once more may, and so may the answer that a
    repeated `call` had."""
    company = UUID(who.company)
    if about:
        left = await parts.disclosures.left(company, about)
        if not left.more and not left.told.issuperset(about) and not await _is_repeated(parts, call):
            audit.record("addresses_withheld", "form", count=len(about))
            raise _enough()
    answer = Answer()
    try:
        yield answer
    except (InvalidValues, Refused, RefusedForSome) as refused:
        if _TELLS in _codes(refused):
            await _told(parts, company, _of(refused, about))
        raise
    if answer.has_a_plan:
        await _told(parts, company, about)


async def _is_repeated(parts: Parts, call: Call | None) -> bool:
    if call is None:
        return False
    async with parts.reading() as conn:
        return await idempotency.is_repeated(conn, call)


async def _told(parts: Parts, company: UUID, about: Sequence[str]) -> None:
    # Of one transaction with the answer it can't be: a refusal leaves nothing behind.
    await parts.disclosures.spend(company, about)
    audit.record("addresses_told", "form", count=len(about))


def _codes(refused: InvalidValues | Refused | RefusedForSome) -> set[str]:
    match refused:
        case InvalidValues():
            return {finding.code for finding in refused.findings}
        case Refused():
            return {refused.code}
        case RefusedForSome():
            return {reason.code for reason in refused.reasons}


def _of(refused: InvalidValues | Refused | RefusedForSome, about: Sequence[str]) -> Sequence[str]:
    """Of whom the answer tells something: where many users of the company's own are asked about, those it names. Else
    one of them would use up the day for all the others, who could not come back before tomorrow."""
    if not isinstance(refused, RefusedForSome):
        return about
    named = {str(reason.user_id) for reason in refused.reasons if reason.code == _TELLS}
    return [each for each in about if each in named] or about


def _enough() -> Problem:
    return TOLD_ENOUGH(headers={"Retry-After": str(seconds_left_today())})
