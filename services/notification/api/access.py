"""Who may do what with webhooks: a company's admins with theirs, the platform's programs with the platform's."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from services.notification.domain.webhook.events import Registrant
from services.notification.messages import NEEDS_ADMIN, NEEDS_PLATFORM
from services.notification.read_models.standing.query import UserStanding
from shared.http.auth import Principal, RequiresPermission, RequiresScope, SignedIn
from shared.people.access import MANAGE_USERS, PLATFORM_SCOPE

require_admin = RequiresPermission(MANAGE_USERS, NEEDS_ADMIN)
require_platform = RequiresScope(PLATFORM_SCOPE, NEEDS_PLATFORM)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose webhooks are meant: a company's, or with None the platform's; and who asks."""

    company_id: UUID | None
    by: Registrant | None


async def owner(request: Request, who: SignedIn) -> Owner:
    """Dependency: a program with the platform's scope, or an admin of a company whose plan includes Usher; 403
    otherwise."""
    if PLATFORM_SCOPE in who.scopes:
        await require_platform(request, who)
        return Owner(None, None)
    await require_admin(request, who)
    standing: UserStanding = request.app.state.standing
    await standing.require_plus(who.company)
    return Owner(UUID(who.company), _registrant(who))


OwnerDep = Annotated[Owner, Depends(owner)]


def _registrant(who: Principal) -> Registrant:
    return Registrant(who.email, who.name or who.email, who.subject, who.issuer)
