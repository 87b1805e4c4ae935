"""Bodies of requests and answers."""

from uuid import UUID

from pydantic import BaseModel, Field

from services.notification.application.preview_invitation import InvitedPerson, Inviter, Variant


class ByWhom(BaseModel):
    """Who is about to invite."""

    email: str
    name: str
    message: str | None = None

    def inviter(self) -> Inviter:
        """The same as the use case has it."""
        return Inviter(self.email, self.name, self.message)


class ToWhom(BaseModel):
    """Who is about to be invited."""

    email: str
    first_name: str
    last_name: str

    def person(self) -> InvitedPerson:
        """The same as the use case has it."""
        return InvitedPerson(self.email, self.first_name, self.last_name)


class PreviewAsked(BaseModel):
    """Whose invitation to whom is to be shown; `company` is the company's name."""

    company: str
    by: ByWhom
    to: ToWhom


class SampleAsked(BaseModel):
    """Of which invitation the inviter wants a sample. The same `key` again is the same mail."""

    company_id: UUID
    by: ByWhom
    to: ToWhom
    variant: Variant
    key: str = Field(min_length=1, max_length=300)


class ShownMail(BaseModel):
    """An invitation as whoever gets it sees it."""

    variant: Variant
    language: str
    subject: str
    text: str
    html: str


class ShownMails(BaseModel):
    """In every variant, and in every language that there is."""

    items: list[ShownMail]
