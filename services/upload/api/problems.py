"""Between requests and rules: who asks becomes a person, a refusal becomes an answer."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from services.upload.domain.batch.decide import Refused
from services.upload.domain.batch.events import Person
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.problems import Problem


def person(who: Principal) -> Person:
    """Who asks, as events remember them: by their address where the token carries no name."""
    return Person(who.subject, who.email, who.name or who.email, who.issuer)


def of_batch(context: Context, batch_id: UUID) -> Context:
    """The same context, belonging to the batch rather than to the request."""
    return replace(context, correlation_id=str(batch_id))


@contextmanager
def refusals() -> Generator[None]:
    """Answers what a rule refuses with 409."""
    try:
        yield
    except Refused as refused:
        raise Problem(409, refused.code, refused.message) from None
