"""Downloading the template: a workbook made for the company that asks."""

import asyncio
from dataclasses import dataclass

from services.upload.read_models.companies.query import CompanyQueries, company_settings
from shared.http.auth import Principal
from shared.people.template import template


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
