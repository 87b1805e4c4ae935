"""What a service knows of a person, for licensing alone, which asks all of them (a call between services: no program of
anybody else's is to count on it, so the OpenAPI document does not have it)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.erasure.known import Known
from shared.erasure.person import EVERYWHERE, AddressDigests, Person
from shared.erasure.place import Place, Places, Telling
from shared.http.callers import from_a_service
from shared.postgres import row_security
from shared.postgres.database import Pool

PATH = "/internal/known-of-person"


class KnownOf(BaseModel):
    """Who is meant: by their address, and by the ids that they have or had as a user."""

    email: Annotated[str, Field(max_length=320)]
    user_ids: list[UUID] = Field(default_factory=list[UUID])


class Everything(Struct, frozen=True):
    """All that a service knows of them."""

    items: list[Known]


def somebody(asked: KnownOf, digests: AddressDigests) -> Person:
    """Who is looked for: as who is to be forgotten is, in all companies and until now."""
    return Person(
        erasure_id=EVERYWHERE,
        company_id=EVERYWHERE,
        user_ids=frozenset(asked.user_ids),
        address_digests=frozenset(digests.of(asked.email)),
        erased_at=datetime.now(UTC),
        _digests=digests,
    )


async def everything(pool: Pool, places: Sequence[Place | Telling], person: Person) -> list[Known]:
    """All that stands in these places of a person."""
    with row_security.within(row_security.EVERYBODY):
        telling = [place for place in places if isinstance(place, Telling)]
        return [known for place in telling async for known in place.known(pool, person)]


def known_router(places: Places, digests: AddressDigests) -> APIRouter:
    """The route."""
    router = APIRouter(dependencies=[Depends(from_a_service)], include_in_schema=False)

    @router.post(PATH)
    async def known_of_person(request: Request, asked: KnownOf) -> Response:
        """All that this service knows of a person."""
        found = await everything(request.app.state.pool, places, somebody(asked, digests))
        return Response(msgspec.json.encode(Everything(found)), media_type="application/json")

    return router
