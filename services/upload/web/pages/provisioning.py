"""Integrations: the tokens with which a company's directory provisions its users. A new one is shown once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import DirectoryToken, MadeDirectoryToken
from shared.http.problems import Problem
from shared.people.text import harmless

router = APIRouter()
PATH = "/integrations/provisioning"
MAX_NAME = 100
MAX_TOKENS = 2
"""As many as licensing lets a company have."""


@dataclass(frozen=True, slots=True)
class ProvisioningView:
    """The tokens that there are. `made`: the one that was made just now; `mistake`: why none was."""

    tokens: Sequence[DirectoryToken]
    address: str
    made: MadeDirectoryToken | None = None
    mistake: str | None = None
    name: str = ""

    @property
    def full(self) -> bool:
        """Whether no other can be made."""
        return len(self.tokens) >= MAX_TOKENS


@router.get("/integrations")
async def integrations(_: Admin) -> Response:
    """The section begins with provisioning."""
    return RedirectResponse(PATH, 303)


@router.get(PATH)
async def provisioning(request: Request, deps: Deps, visitor: Admin) -> Response:
    """The tokens, and how a directory is told of them."""
    return await _page(request, deps, visitor)


@router.post(PATH)
async def make(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Makes a token. Answered with the page, since the token is nowhere else to be read afterwards."""
    name = harmless((await checked_form(request, deps, visitor)).get("name", "")).strip()[:MAX_NAME]
    if not name:
        return await _page(request, deps, visitor, mistake="name")
    try:
        made = await deps.licensing.make_directory_token(visitor.who.token, name)
    except Problem as refused:
        if refused.code != "too_many_tokens":
            raise
        return await _page(request, deps, visitor, mistake="full", name=name)
    return await _page(request, deps, visitor, made)


@router.post(f"{PATH}/{{token_id}}/delete")
async def delete(request: Request, deps: Deps, visitor: Admin, token_id: UUID) -> Response:
    """Revokes a token; one that is gone already is as well."""
    await checked_form(request, deps, visitor)
    try:
        await deps.licensing.delete_directory_token(visitor.who.token, token_id)
    except Problem as refused:
        if refused.status != 404:
            raise
    return RedirectResponse(PATH, 303)


async def _page(
    request: Request,
    deps: WebDependencies,
    visitor: Visitor,
    made: MadeDirectoryToken | None = None,
    mistake: str | None = None,
    name: str = "",
) -> Response:
    tokens = await deps.licensing.directory_tokens(visitor.who.token)
    view = ProvisioningView(tokens, deps.scim_url, made, mistake, name)
    return deps.renderer.page(request, "provisioning.html", view, visitor.reader, status=422 if mistake else 200)
