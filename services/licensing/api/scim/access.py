"""Who may speak SCIM: a directory with a token that an admin of the company made, and nobody else."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import Depends, Request

from services.licensing.api.parts import Parts, PartsDep
from services.licensing.application import stream_snapshots
from services.licensing.application.scim import tokens
from services.licensing.application.unit_of_work import require_administered
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Actor
from services.licensing.formats.scim.resources import Models, models_of
from services.licensing.messages import NO_COMPANY, SCIM_NO_TOKEN
from shared.http.auth import unauthorized
from shared.http.rate_limit import caller
from shared.postgres import row_security


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory that asks, for a company. ``location``: where its resources are."""

    company_id: UUID
    actor: Actor
    settings: CompanySettings
    location: str

    @property
    def company(self) -> str:
        """The company's id, as a Principal has it."""
        return str(self.company_id)

    @property
    def models(self) -> Models:
        """The company's resources."""
        return models_of(tuple(field.name for field in self.settings.custom_fields))


async def directory(request: Request, parts: PartsDep) -> Directory:
    """Dependency: whose token it is. Problem 401, 403 ``plan_required``, 429."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = None
    if scheme.lower() == "bearer" and text.strip():
        with row_security.within(row_security.EVERYBODY):
            async with parts.reading() as conn:
                token = await tokens.recognise(conn, text.strip())
    if token is None:
        parts.scim.unknown.take(caller(request))
        raise unauthorized(SCIM_NO_TOKEN)
    parts.scim.calls.take(str(token.id))
    structlog.contextvars.bind_contextvars(who=str(token.id), company=str(token.company_id))
    row_security.bind(token.company_id)
    company = await _company(parts, token.company_id)
    location = f"{str(request.base_url).rstrip('/')}/scim/v2"
    return Directory(token.company_id, tokens.actor_of(token), company, location)


async def _company(parts: Parts, company_id: UUID) -> CompanySettings:
    async with parts.reading() as conn:
        try:
            company = (await stream_snapshots.provisioned(conn, company_id)).state
        except Refused:
            raise NO_COMPANY() from None
    require_administered(company)
    return company.settings


DirectoryDep = Annotated[Directory, Depends(directory)]
