"""What an admin asks for and is refused is kept, beside its answer."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from services.licensing.api.access import actor
from services.licensing.api.parts import Parts
from services.licensing.application.bulk import RefusedForSome
from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.refused_attempts.events import AttemptRefused
from shared.eventsourcing.events import Context
from shared.http.auth import Principal


@asynccontextmanager
async def attempt(
    parts: Parts, who: Principal, context: Context, action: str, user_ids: Sequence[UUID] = ()
) -> AsyncGenerator[None]:
    """Inside, ``who`` tries ``action`` on these users: a refusal is kept, and goes on."""
    try:
        yield
    except Refused as refused:
        await _keep(parts, who, context, action, refused.code, user_ids)
        raise
    except RefusedForSome as refused:
        await _keep(parts, who, context, action, refused.reasons[0].code, user_ids)
        raise


async def _keep(
    parts: Parts, who: Principal, context: Context, action: str, code: Code, user_ids: Sequence[UUID]
) -> None:
    alone = user_ids[0] if len(user_ids) == 1 else None
    attempt = AttemptRefused(action, code, actor(who), alone, max(1, len(user_ids)))
    await parts.refusals.note(UUID(who.company), context, attempt)
