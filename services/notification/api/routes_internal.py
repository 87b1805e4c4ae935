"""The routes: for our own services alone, which sign for whom they call. No program of anybody else's is to count on
them, so the service's OpenAPI document does not have them."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.notification.api.bodies_internal import PreviewAsked, SampleAsked, ShownMail, ShownMails
from services.notification.application.preview_invitation import VARIANTS, PreviewInvitation
from shared.http.callers import from_a_service
from shared.http.request_context import new_context
from shared.postgres import row_security

LANGUAGE = "en"
"""The language that mails are written in."""


def use_case(request: Request) -> PreviewInvitation:
    """Dependency: the use case, built once in main.py."""
    return request.app.state.preview


Preview = Annotated[PreviewInvitation, Depends(use_case)]
router = APIRouter(prefix="/internal", dependencies=[Depends(from_a_service)], include_in_schema=False)


@router.post("/invitation-previews")
async def preview(asked: PreviewAsked, invitations: Preview) -> ShownMails:
    """How the invitation will look."""
    by, to = asked.by.inviter(), asked.to.person()
    shown: list[ShownMail] = []
    for variant in VARIANTS:
        mail = invitations.show(asked.company, by, to, variant)
        shown.append(
            ShownMail(variant=variant, language=LANGUAGE, subject=mail.subject, text=mail.text, html=mail.html)
        )
    return ShownMails(items=shown)


@router.post("/invitation-samples", status_code=202)
async def sample(request: Request, asked: SampleAsked, invitations: Preview) -> None:
    """Sends the inviter a sample of it."""
    context = replace(new_context(request), company_id=str(asked.company_id))
    with row_security.within(asked.company_id):
        await invitations.send(asked.by.inviter(), asked.to.person(), asked.variant, asked.key, context)
