"""What routes depend on: the service, and who may call it."""

from typing import Annotated

from fastapi import Depends, Request

from services.upload.api.service import UploadService
from services.upload.messages import NEEDS_ADMIN
from shared.http.auth import Principal, RequiresPermission
from shared.people.access import MANAGE_USERS


def service_of(request: Request) -> UploadService:
    """Dependency: the service, as main.py has built it."""
    return request.app.state.service


Service = Annotated[UploadService, Depends(service_of)]
Admin = Annotated[Principal, Depends(RequiresPermission(MANAGE_USERS, NEEDS_ADMIN))]


async def plus_admin(who: Admin, service: Service) -> Principal:
    """Dependency: an admin of a company whose plan includes Usher; 403 otherwise."""
    await service.require_plan(who)
    await service.note_admin(who)
    return who


PlusAdmin = Annotated[Principal, Depends(plus_admin)]


async def still_allowed(who: Principal, service: UploadService) -> None:
    """Whether a PlusAdmin who was let in may go on being told: 403 `deactivated`, `forbidden` or
    `plan_required`."""
    await service.require_standing(who)
    await service.require_plan(who)
