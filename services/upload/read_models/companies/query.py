"""Companies as this service needs them: is the plan one that includes Usher, and what does the template look like."""

from collections.abc import Awaitable, Callable

from services.upload.domain.batch.approval import ApprovalThresholds
from services.upload.messages import NEEDS_PLUS
from shared.http.problems import Problem
from shared.people.model import CompanySettings, CustomField, Methodology
from shared.postgres.database import Pool
from usher_contracts import CompanyChanged

PLAN = "plus"


class CompanyQueries:
    """Reads companies. `catch_up` waits, a bounded time, until what licensing has published of a company is applied
    here."""

    def __init__(self, pool: Pool, catch_up: Callable[[str], Awaitable[object]]) -> None:
        self._pool = pool
        self._catch_up = catch_up

    async def find(self, company_id: str) -> CompanyChanged | None:
        """The company as it was told last; None for one that was never provisioned."""
        found = await self._pool.fetchval("SELECT company FROM companies WHERE id = $1", company_id)
        return None if found is None else CompanyChanged.model_validate_json(found)

    async def require_plus(self, company_id: str, *, fresh: bool = False) -> CompanyChanged:
        """The company. Problem 403 `plan_required` where it is unknown or on another plan.

        `fresh`: as of what licensing has answered before this call. Without it that is waited for only to refuse.
        """
        if not fresh:
            company = await self.find(company_id)
            if company is not None and company.plan == PLAN:
                return company
        await self._catch_up(company_id)
        company = await self.find(company_id)
        if company is None or company.plan != PLAN:
            raise plan_required()
        return company


def plan_required() -> Problem:
    """403: the company's plan does not include Usher."""
    return NEEDS_PLUS()


def approval_thresholds(company: CompanyChanged | None) -> ApprovalThresholds | None:
    """From where on the company wants a batch approved by a second admin; None: never."""
    if company is None or company.approval is None:
        return None
    return ApprovalThresholds(company.approval.rows, company.approval.share)


def company_settings(company: CompanyChanged) -> CompanySettings:
    """What the company allows, as the rules and the template speak of it."""
    return CompanySettings(
        name=company.name,
        sso_domains=company.sso_domains,
        functional_areas=company.functional_areas,
        regions=company.regions,
        custom_fields=tuple(CustomField(f.name, f.required, f.values) for f in company.custom_fields),
        methodologies=tuple(Methodology(m.id, m.name) for m in company.methodologies),
    )
