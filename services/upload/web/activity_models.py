"""What licensing tells of a company's activity, and of who joined, in the shapes of its OpenAPI document."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from services.upload.web.licensing_models import Changed, Inviter


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Whom(_Shape):
    """A user whom something was about, as they were called then."""

    user_id: str
    email: str | None = None
    name: str | None = None

    @property
    def called(self) -> str | None:
        """The name, or the address where there is none; None where neither is known any more."""
        return self.name or self.email

    @property
    def link(self) -> str:
        """The path of the user's own page."""
        return f"/team/{self.user_id}"


class Refusal(_Shape):
    """What was asked for, and why it was not done."""

    action: str
    code: str
    message: str | None = None


class WantedMore(_Shape):
    """What was asked for of more licenses and seats, and the answer where this is it."""

    licenses: int = 0
    methodologies: Mapping[str, int] = {}
    names: Mapping[str, str] = {}
    answer: str | None = None

    def called(self, methodology: str) -> str:
        """The name of a methodology; its id where that was not kept."""
        return self.names.get(methodology, methodology)


class Happening(_Shape):
    """What one command did of one kind."""

    id: str
    at: datetime
    what: str
    by: Inviter | None = None
    origin: str | None = None
    count: int = 1
    user: Whom | None = None
    batch_id: str | None = None
    file_name: str | None = None
    changes: Sequence[Changed] = ()
    methodology: str | None = None
    granted: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    wanted: WantedMore | None = None
    refused: Refusal | None = None


class Activity(_Shape):
    """One page of what happened, newest first."""

    items: Sequence[Happening] = ()
    next_cursor: str | None = None


class InLine(_Shape):
    """One of the users of a line."""

    user: Whom
    changes: Sequence[Changed] = ()


class LineUsers(_Shape):
    """One page of the users of a line."""

    items: Sequence[InLine] = ()
    next_cursor: str | None = None


class JoinedGroup(_Shape):
    """Those invited who have the same; a day has only those who joined on it."""

    value: str | None
    name: str | None = None
    invited: int
    joined: int


class WhoJoined(_Shape):
    """How many of those invited have joined."""

    invited: int = 0
    joined: int = 0
    gone: int = 0
    groups: Sequence[JoinedGroup] = ()
