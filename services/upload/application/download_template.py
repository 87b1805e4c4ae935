"""Downloading the template: a workbook made for the company that asks."""

import asyncio
from dataclasses import dataclass

from services.upload.read_models.companies.query import CompanyQueries
from shared.http.auth import Principal
from shared.people.model import CompanySettings, CustomField
from shared.people.template import template
from usher_contracts import CompanyChanged


@dataclass(frozen=True, slots=True)
class Template:
    """A workbook and the name that it is saved under."""

    name: str
    content: bytes


class DownloadTemplate:
    """The use case: makes templates of the companies as they are now."""

    def __init__(self, companies: CompanyQueries) -> None:
        self._companies = companies

    async def __call__(self, who: Principal) -> Template:
        """The template. Raises Problem 403 `plan_required`."""
        company = await self._companies.require_plus(who.company, fresh=True)
        # openpyxl takes a while over long lists, and others are waiting.
        content = await asyncio.to_thread(template, company_settings(company))
        return Template(f"Usher template {company.name}.xlsx", content)


def company_settings(company: CompanyChanged) -> CompanySettings:
    """What the company allows, as the rules and the template speak of it."""
    return CompanySettings(
        name=company.name,
        sso_domains=company.sso_domains,
        functional_areas=company.functional_areas,
        regions=company.regions,
        custom_fields=tuple(CustomField(f.name, f.required, f.values) for f in company.custom_fields),
    )
