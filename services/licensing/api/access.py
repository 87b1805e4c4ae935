"""Who may do what in licensing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.licensing.api.parts import Parts, PartsDep
from services.licensing.application import stream_snapshots
from services.licensing.application.unit_of_work import require_administered
from services.licensing.domain.licenses.company_settings import CompanySettings
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Actor
from services.licensing.messages import NEEDS_ACCESS, NEEDS_ADMIN, NEEDS_PLATFORM, NO_COMPANY
from services.licensing.read_models.team import query
from shared.http import standing
from shared.http.auth import Principal, RequiresPermission, RequiresScope, SignedIn, known_by_email
from shared.http.problems import ProblemType
from shared.people.access import AUTHORIZE_PURCHASES, MANAGE_USERS, PLATFORM_SCOPE

require_admin = RequiresPermission(MANAGE_USERS, NEEDS_ADMIN)
Admin = Annotated[Principal, Depends(require_admin)]
Platform = Annotated[Principal, Depends(RequiresScope(PLATFORM_SCOPE, NEEDS_PLATFORM))]


async def plus_admin(who: Admin, parts: PartsDep) -> Principal:
    """Dependency: an admin of a company whose plan includes Usher; 403 ``plan_required`` otherwise."""
    await _require_plus(parts, who)
    return who


PlusAdmin = Annotated[Principal, Depends(plus_admin)]


async def access_reader(
    who: Annotated[Principal, Depends(RequiresPermission(MANAGE_USERS, NEEDS_ACCESS, AUTHORIZE_PURCHASES))],
    parts: PartsDep,
) -> Principal:
    """Dependency: an admin, or who may authorize purchases; 403 ``plan_required`` as for a PlusAdmin."""
    await _require_plus(parts, who)
    return who


AccessReader = Annotated[Principal, Depends(access_reader)]


async def still_in(who: Principal, parts: Parts) -> None:
    """Whether a PlusAdmin who was let in may go on being told: 403 ``deactivated``, ``forbidden`` or
    ``plan_required``."""
    await standing.require(parts.standing, who)
    if not await parts.permissions.may(who, MANAGE_USERS):
        raise NEEDS_ADMIN()
    await _require_plus(parts, who)


@dataclass(frozen=True, slots=True)
class Reader:
    """Someone who may read My Team: all of it, or who reports up to ``below``."""

    company_id: UUID
    below: UUID | None
    company: CompanySettings

    @property
    def custom_fields(self) -> list[str]:
        """Names of the company's own fields."""
        return [field.name for field in self.company.custom_fields]

    @property
    def methodologies(self) -> Mapping[str, str]:
        """The names of the company's methodologies, by their ids."""
        return {each.id: each.name for each in self.company.methodologies}


async def reader(request: Request, who: SignedIn, parts: PartsDep) -> Reader:
    """Dependency: an admin, or a manager, who sees those below; 403 for whom nobody reports to."""
    company_id = UUID(who.company)
    manager_id: UUID | None = None
    if MANAGE_USERS not in who.permissions:
        async with parts.reading() as conn:
            manager_id = await query.manager_by_email(conn, company_id, who.email)
        if manager_id is None:
            await require_admin(request, who)
        known_by_email(who)
    return Reader(company_id, manager_id, await _require_plus(parts, who))


TeamReader = Annotated[Reader, Depends(reader)]


async def _require_plus(parts: PartsDep, who: Principal) -> CompanySettings:
    async with parts.reading() as conn:
        try:
            company = (await stream_snapshots.provisioned(conn, UUID(who.company))).state
        except Refused:
            raise NO_COMPANY() from None
    require_administered(company)
    return company.settings


def actor(who: Principal) -> Actor:
    """Who asks, as events remember them."""
    return Actor(who.email, who.name or who.email, who.subject, who.issuer)


def id_of(text: str, unknown: ProblemType) -> UUID:
    """An id in a path. What is no UUID is as unknown as any other: 404."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown() from None
