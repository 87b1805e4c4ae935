"""Tokens of a company's directories: made, listed, revoked by its admins."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.licensing.api.access import PlusAdmin, actor, id_of
from services.licensing.api.bodies import plain_text
from services.licensing.api.parts import PartsDep
from services.licensing.application.scim.tokens import make_token, revoke_token, tokens_of
from services.licensing.messages import REFUSALS
from services.licensing.read_models.scim_tokens.query import ScimToken
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.request_context import new_context
from shared.people.origins import FORM

router = authenticate_first_router("/api/v1", "provisioning by a directory")


class NewDirectoryToken(BaseModel):
    """What to call it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Entra ID"}]})

    name: Annotated[str, Field(max_length=100), AfterValidator(plain_text)]


class DirectoryToken(BaseModel):
    """A token of a directory; what it is itself was told once, when it was made."""

    id: UUID
    name: str
    created_at: datetime
    created_by: str = Field(description="The name of the admin who made it")
    last_used_at: datetime | None = Field(description="To the minute; null: never")


class DirectoryTokens(BaseModel):
    """All of a company, oldest first."""

    items: list[DirectoryToken]


class MadeDirectoryToken(BaseModel):
    """The new token. Nobody is told it again."""

    id: UUID
    name: str
    token: str = Field(description="What the directory sends as `Authorization: Bearer`")


@router.get("/scim/tokens")
async def list_tokens(who: PlusAdmin, parts: PartsDep) -> DirectoryTokens:
    """The company's tokens."""
    async with parts.reading() as conn:
        return DirectoryTokens(items=[_token(each) for each in await tokens_of(conn, UUID(who.company))])


@router.post("/scim/tokens", status_code=201, responses=problem_responses(409))
async def create_token(
    request: Request, body: NewDirectoryToken, who: PlusAdmin, parts: PartsDep
) -> MadeDirectoryToken:
    """Makes a token, with which a directory provisions the company's users. There can be two: one, and the next while
    it takes the place of the first."""
    token, text = await parts.commands.run(
        UUID(who.company), new_context(request, who, origin=FORM), lambda uow: make_token(uow, body.name, actor(who))
    )
    return MadeDirectoryToken(id=token.id, name=token.name, token=text)


@router.delete("/scim/tokens/{token_id}", status_code=204, response_class=Response, responses=problem_responses(404))
async def delete_token(request: Request, token_id: str, who: PlusAdmin, parts: PartsDep) -> None:
    """Revokes it, at once."""
    wanted = id_of(token_id, REFUSALS["not_found"])
    await parts.commands.run(
        UUID(who.company), new_context(request, who, origin=FORM), lambda uow: revoke_token(uow, wanted, actor(who))
    )


def _token(token: ScimToken) -> DirectoryToken:
    by = token.made_by
    return DirectoryToken(
        id=token.id,
        name=token.name,
        created_at=token.made_at,
        created_by=by.name or by.email,
        last_used_at=token.used_at,
    )
