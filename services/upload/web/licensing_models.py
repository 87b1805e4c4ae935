"""What licensing tells the pages, in the shapes of its OpenAPI document. Unknown fields are ignored: services
are deployed one after the other."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from shared.people.model import SeatState
from shared.people.profile import OptionalText, ProfileFieldsModel
from shared.people.status_counts import ByStatus, counted
from shared.people.statuses import FACTS, INVITED, WITH_LICENSE, WITHOUT_LICENSE, Status


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MethodologySeats(_Shape):
    """The seats of a methodology."""

    id: str
    name: str
    purchased: int = 0
    reserved: int = 0
    consumed: int = 0
    available: int = 0


@counted(0)
class Seats(ByStatus, _Shape):
    """One consistent reading of a company's licenses, and of the seats of each methodology that it has."""

    purchased: int = 0
    occupied: int = 0
    available: int = 0
    methodologies: Sequence[MethodologySeats] = ()

    @property
    def everyone(self) -> int:
        """All users, those without a license too."""
        return self.occupied + sum(self.of(status) for status in WITHOUT_LICENSE)

    @property
    def parts(self) -> Mapping[str, int]:
        """The licenses by what occupies them, as the bar and the sentences name these: who has joined goes first."""
        joined_first = sorted(WITH_LICENSE, key=lambda status: status in INVITED)
        return {FACTS[status].bar: self.of(status) for status in joined_first}

    @property
    def beside(self) -> Mapping[Status, int]:
        """How many users have each status that takes no license."""
        return {status: self.of(status) for status in WITHOUT_LICENSE}

    @property
    def over(self) -> int:
        """How many more are occupied than purchased: the billing side lowered the number."""
        return max(0, self.occupied - self.purchased)


class Delivery(_Shape):
    """How the mail with an invitation fares."""

    state: str
    error: str | None = None
    at: datetime | None = None
    expires_at: datetime | None = None
    expired: bool = False
    reminded_at: datetime | None = None
    not_sso_domain: bool = False

    @property
    def shown(self) -> str:
        """What is said of it: that its time is over goes before how its mail fared."""
        return "expired" if self.expired else self.state


class User(ProfileFieldsModel[OptionalText], _Shape):
    """A line of My Team."""

    user_id: str
    email: str
    first_name: str = ""
    last_name: str = ""
    reports_to: str | None = None
    reports_to_id: str | None = None
    reports_to_name: str | None = None
    custom_fields: Mapping[str, str] = {}
    permissions: Sequence[str] = ()
    methodologies: Mapping[str, SeatState] = {}
    status: Status
    invited_at: datetime | None = None
    activated_at: datetime | None = None
    invitation: Delivery | None = None

    @property
    def name(self) -> str:
        """First and last name, or the address where there are none."""
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        """First and last name; empty where there are none."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def link(self) -> str:
        """The path of the user's own page."""
        return f"/team/{self.user_id}"

    @property
    def invited(self) -> bool:
        """Whether they have not joined yet: until then the e-mail can be changed."""
        return self.status in INVITED


class Report(User):
    """A user in the hierarchy: `reports` is how many report to them directly."""

    reports: int = 0
    below: Sequence["Report"] = ()


class Level(_Shape):
    """One page of those who report to the same manager."""

    items: Sequence[Report] = ()
    next_cursor: str | None = None
    total: int = 0


class Inviter(_Shape):
    """Who invites: the name may be empty."""

    email: str
    name: str = ""

    @property
    def called(self) -> str:
        """The name, or the address where there is none."""
        return self.name or self.email


class Changed(_Shape):
    """One field before and after."""

    field: str
    from_: str | None = Field(None, alias="from")
    to: str | None = None


class Because(_Shape):
    """Why somebody moved up: their manager left."""

    what: str
    name: str | None = None
    by: Inviter | None = None


class HistoryEntry(_Shape):
    """One thing that happened to a user; `by` None where it was their own doing, or nobody's."""

    at: datetime
    what: str
    by: Inviter | None = None
    batch_id: str | None = None
    file_name: str | None = None
    changes: Sequence[Changed] = ()
    records: str | None = None
    because: Because | None = None
    granted: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    methodology: str | None = None


class Grant(_Shape):
    """A permission that somebody has; `by` None where the platform granted it."""

    permission: str
    at: datetime
    by: Inviter | None = None


class UserWithHistory(User):
    """One user with what happened to them, oldest first."""

    history: Sequence[HistoryEntry] = ()
    granted: Sequence[Grant] = ()


class Team(_Shape):
    """One page of My Team."""

    items: Sequence[User] = ()
    next_cursor: str | None = None
    total: int = 0


@counted(0)
class Group(ByStatus, _Shape):
    """Users with the same value; `value` None for who has none. A manager has an id and a name beside the address."""

    value: str | None
    user_id: str | None = None
    name: str | None = None
    count: int


class Groups(_Shape):
    """One page of groups; `total` counts groups, `users` the users in all of them."""

    users: int = 0

    items: Sequence[Group] = ()
    next_cursor: str | None = None
    total: int = 0


class SavedView(_Shape):
    """A look at My Team under a name, as the reader sees it: `mine`, they saved it; `default`, they begin with it;
    `missing`, fields of it that the company does not have at present."""

    id: str
    name: str
    search: str = ""
    filters: Mapping[str, Sequence[str]] = {}
    sort: str = ""
    group: str = ""
    columns: Sequence[str] = ()
    shared: bool = False
    default: bool = False
    mine: bool = False
    owner: Inviter
    missing: Sequence[str] = ()

    @property
    def link(self) -> str:
        """The path of the view's own page."""
        return f"/team/views/{self.id}"


class SavedViews(_Shape):
    """A page of views, by name."""

    items: Sequence[SavedView] = ()


class ServiceErasure(_Shape):
    """What one service has done of an erasure: "open" or "done"."""

    service: str
    state: str


class Erasure(_Shape):
    """Somebody who is to be forgotten; who it is is not said. `asked_by` None: the platform."""

    id: str
    state: str
    reason: str
    asked_by: Inviter | None = None
    asked_at: datetime
    services: Sequence[ServiceErasure] = ()


class Erasures(_Shape):
    """A page of them, newest first."""

    items: Sequence[Erasure] = ()
    next_cursor: str | None = None


class DirectoryToken(_Shape):
    """A token of the company's directory, but for what is secret of it. `last_used_at` None: never."""

    id: str
    name: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None


class DirectoryTokens(_Shape):
    """All of them, oldest first."""

    items: Sequence[DirectoryToken] = ()


class MadeDirectoryToken(_Shape):
    """A new one, told this once."""

    id: str
    name: str
    token: str = Field(repr=False)


class Effects(_Shape):
    """What an action would do to others: `reports` move up, or could come back."""

    reports: int = 0


class Undo(_Shape):
    """How what was done can be taken back at once, and until when."""

    id: str
    until: datetime


class DoneFor(_Shape):
    """Of one user: the id that they are known by from now on."""

    user_id: str


class Done(_Shape):
    """What was done, for whom."""

    items: Sequence[DoneFor] = ()
    undo: Undo | None = None


class EditedUser(User):
    """A user after an edit."""

    undo: Undo | None = None


class Offer(_Shape):
    """What an invitation offers."""

    company: str
    invited_by: Inviter | None = None
    email: str
    first_name: str | None = None
    last_name: str | None = None
    transfer: Mapping[str, str] | None = None
    expires_at: datetime | None = None
