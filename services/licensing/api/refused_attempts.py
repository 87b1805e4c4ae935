"""What an admin, or a company's directory, asks for and is refused is kept, beside its answer."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from services.licensing.api.parts import Parts
from services.licensing.application.bulk import RefusedForSome
from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.user.state import Actor
from shared.eventsourcing.events import Context


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody of a company tries ``action``, on these users where they are named."""

    company_id: UUID
    by: Actor
    context: Context
    action: str
    user_ids: Sequence[UUID] = ()

    def refused(self, code: Code) -> AttemptRefused:
        """What is kept where it was refused."""
        alone = self.user_ids[0] if len(self.user_ids) == 1 else None
        return AttemptRefused(self.action, code, self.by, alone, max(1, len(self.user_ids)))


@asynccontextmanager
async def attempting(parts: Parts, attempt: Attempt) -> AsyncGenerator[None]:
    """Inside, it is tried: a refusal is kept, and goes on."""
    try:
        yield
    except (Refused, RefusedForSome) as refused:
        code = refused.code if isinstance(refused, Refused) else refused.reasons[0].code
        await parts.refusals.note(attempt.company_id, attempt.context, attempt.refused(code))
        raise
