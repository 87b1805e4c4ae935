"""Who does something, as events remember them."""

from services.upload.domain.batch.events import Person
from shared.http.auth import Principal


def person(who: Principal) -> Person:
    """The caller: by their address where the token carries no name."""
    return Person(who.subject, who.email, who.name or who.email, who.issuer)
