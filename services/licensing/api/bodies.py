"""Bodies of requests and answers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from services.licensing.api.filter_body import Filter
from services.licensing.application.form_validation import FormValues
from services.licensing.domain.licenses import company_settings
from services.licensing.domain.licenses.company_settings import CompanySettings, CustomField
from services.licensing.domain.user.state import IndividualPlan, MethodologySeat, Records
from services.licensing.read_models.team.history import Entry, Grant, Person
from services.licensing.read_models.team.view import TeamUser
from shared.people import actions
from shared.people.address import domain_key, parse
from shared.people.columns import header_key, reserved
from shared.people.profile import OptionalText, ProfileFieldsModel
from shared.people.text import clean, fold, has_illegal

MAX_FIELDS, MAX_ENTRIES, ENTRY_LENGTH = 50, 500, 100
"""The most that a company may have: custom fields (and methodologies), entries of a list, characters of one."""
MAX_SELECTED = 10_000
"""Users of one action: what is selected across pages by hand."""

MethodologyId = Annotated[str, Field(max_length=40)]
ActionName = Annotated[actions.Action, Field(title="ActionName")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Named(_Body):
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Profile(ProfileFieldsModel[OptionalText], _Named):
    """Fields of a user; what is left out stays, null clears."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "ada@northwind.example",
                    "first_name": "Ada",
                    "last_name": "Moss",
                    "functional_area": "Sales",
                    "title": "Account Executive",
                    "reports_to": "marta@northwind.example",
                    "custom_fields": {"Cost center": "4711"},
                }
            ]
        }
    )

    reports_to: str | None = Field(default=None, description="The manager's e-mail address")
    custom_fields: dict[str, str | None] = Field(default_factory=dict)

    def given(self, *without: str) -> FormValues:
        """What was sent."""
        sent = self.model_dump(exclude_unset=True, exclude={"custom_fields", "methodology", *without})
        return FormValues(sent, self.custom_fields)


class ActionFields(Profile):
    """What an action sets: fields of the profile, or one methodology."""

    methodology: MethodologyId | None = None


NO_FIELDS = ActionFields.model_validate({})
"""No fields at all."""


class Considered(_Body):
    """An action that somebody thinks of."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "deactivate", "user_ids": ["01935bd2-7a35-7c2e-9c1b-6f1d2f0f3a10"]}]}
    )

    action: ActionName
    user_ids: list[str] = Field(min_length=1, max_length=MAX_SELECTED)


class Action(_Body):
    """One thing to do for many users, all or nothing."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "deactivate", "user_ids": ["01935bd2-7a35-7c2e-9c1b-6f1d2f0f3a10"]}]}
    )

    action: ActionName
    user_ids: list[str] | None = Field(None, min_length=1, max_length=MAX_SELECTED)
    filter: Filter | None = Field(
        None,
        description="In place of user_ids: everybody in My Team who is like this. To resend, of these only who has an "
        "open invitation that was not sent again within the last five minutes",
    )
    fields: ActionFields = NO_FIELDS
    methodology: MethodologyId | None = Field(
        None, description="To grant or withdraw a methodology: its id. It can stand in `fields` as well"
    )
    with_reports: bool = Field(
        False, description="To reactivate: who reported to them until they were deactivated does so again"
    )

    @model_validator(mode="after")
    def _says_for_whom(self) -> Self:
        if (self.user_ids is None) == (self.filter is None):
            raise ValueError("it takes either user_ids or a filter")
        return self

    @model_validator(mode="after")
    def _names_a_methodology_where_it_is_about_one(self) -> Self:
        if self.methodology is not None and not actions.FACTS[self.action].names_methodology:
            raise ValueError("methodology is for grant_methodology and withdraw_methodology")
        return self


class Done(BaseModel):
    """The answer for one user."""

    user_id: UUID
    result: Literal["done"] = "done"


class Effects(BaseModel):
    """What an action would do to others than those whom it names."""

    reports: int = Field(
        description="Users who would move up to their manager's manager; to reactivate: who could "
        "report to them again, `with_reports`"
    )


class Undo(BaseModel):
    """How an action can be taken back at once."""

    id: UUID = Field(description="For `POST /api/v1/team/actions/{id}/undo`")
    until: datetime = Field(description="Until when, by the server's clock")


class ActionDone(BaseModel):
    """The answer to an action that was done for all of them."""

    items: list[Done]
    undo: Undo | None = Field(None, description="How it can be taken back at once; null where it can’t be")


class EditedUser(TeamUser):
    """The user as they are now."""

    undo: Undo | None = Field(None, description="How the edit can be taken back at once; null where it can’t be")


class TeamUserWithHistory(TeamUser):
    """One user, with what happened to them, oldest first."""

    history: list[Entry]
    granted: list[Grant] = Field(description="Who granted each of the permissions that they have, and when")


class Seat(_Body):
    """How a user has a seat of a methodology: reserved, or consumed once they have used it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "consumed"}]})

    state: MethodologySeat


class Plan(_Body):
    """A person's own account outside any company."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"plan": "pro"}]})

    plan: IndividualPlan


class PlanOf(Plan):
    """Whose plan it is."""

    email: str


class Acceptance(_Body):
    """What to do with earlier records, where there are such."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"records": "transfer"}]})

    records: Records | None = None


class Accepted(BaseModel):
    """Welcome."""

    user_id: UUID
    status: Literal["active"] = "active"


class Transfer(BaseModel):
    """Records of this plan can come along."""

    plan: IndividualPlan


class Offer(BaseModel):
    """What a link offers."""

    company: str
    invited_by: Person
    email: str
    first_name: str
    last_name: str
    transfer: Transfer | None
    expires_at: Any = Field(json_schema_extra={"type": "string", "format": "date-time"})


def plain_text(value: str) -> str:
    """A name that people give something, cleaned; ValueError where it says nothing."""
    value = clean(value)
    if not value or has_illegal(value):
        raise ValueError("it is blank or has hidden control characters")
    return value


def _domain(value: str) -> str:
    key = domain_key(value)
    if parse(f"a@{key}") is None:
        raise ValueError("it is not a domain")
    return key


def _distinct(values: Sequence[str]) -> list[str]:
    """A list without repetitions: values are matched without regard to case, so a second spelling is never met."""
    return list({fold(value): value for value in reversed(values)}.values())[::-1]


Entry100 = Annotated[str, Field(max_length=ENTRY_LENGTH), AfterValidator(plain_text)]
Entries = Annotated[list[Entry100], Field(max_length=MAX_ENTRIES), AfterValidator(_distinct)]
Domain = Annotated[str, Field(max_length=253), AfterValidator(_domain)]


class CompanyField(_Body):
    """A company's own field; ``values`` null takes any text."""

    name: Entry100
    required: bool = False
    values: Entries | None = None


class ApprovalThresholds(_Body):
    """From where on a batch needs a second admin; null sets no bound."""

    rows: int | None = Field(None, ge=0, le=10_000_000, description="More invitations and changes than this.")
    share: float | None = Field(
        None, ge=0, le=1, allow_inf_nan=False, description="More of them than this share of the company's users."
    )


class Methodology(_Body):
    """Content that a user needs a seat for, beside the license, and how many seats are bought."""

    id: Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$")]
    name: Entry100
    purchased: int = Field(ge=0, le=10_000_000)


class Subscription(_Body):
    """From when until when the company has bought Usher; null where that is not said."""

    starts_on: date | None = None
    ends_on: date | None = None

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("it ends before it starts")
        return self


class DirectorySettings(_Body):
    """What the company's directory does by SCIM."""

    create: Annotated[Literal["invite", "active"], Field(title="DirectoryCreates")] = Field(
        "invite", description="Whether who is new there gets an invitation, or is Active at once, without a mail."
    )


class Company(_Body):
    """A company as the platform provisions it; an empty list allows anything."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Northwind Trading",
                    "plan": "plus",
                    "purchased_licenses": 25,
                    "sso_domains": ["northwind.example"],
                    "functional_areas": ["Sales", "Finance"],
                    "regions": [],
                    "custom_fields": [{"name": "Cost center", "required": False, "values": None}],
                    "retention_days": 365,
                    "approval": {"rows": 500, "share": 0.25},
                    "methodologies": [{"id": "command", "name": "Command of the Message", "purchased": 23}],
                    "subscription": {"starts_on": "2026-01-01", "ends_on": "2026-12-31"},
                }
            ]
        }
    )

    name: Annotated[str, Field(max_length=200), AfterValidator(plain_text)]
    plan: Annotated[str, Field(max_length=50), AfterValidator(plain_text)]
    purchased_licenses: int = Field(ge=0, le=10_000_000)
    sso_domains: list[Domain] = Field(default_factory=list, max_length=MAX_ENTRIES)
    functional_areas: Entries = Field(default_factory=list)
    regions: Entries = Field(default_factory=list)
    custom_fields: list[CompanyField] = Field(default_factory=list, max_length=MAX_FIELDS)
    retention_days: int = Field(365, ge=1, le=36_500)
    reminders: bool = Field(
        False, description="Whether who does not answer an invitation is reminded, where a batch does not say"
    )
    approval: ApprovalThresholds | None = None
    subscription: Subscription | None = None
    scim: DirectorySettings | None = None
    methodologies: list[Methodology] = Field(default_factory=list[Methodology], max_length=MAX_FIELDS)

    @model_validator(mode="after")
    def _methodologies_are_told_apart(self) -> Self:
        """A cell names one by its id or by its name: neither may mean two."""
        meant: dict[str, str] = {}
        for each in self.methodologies:
            for text in {fold(each.id), fold(each.name)}:
                if text in meant:
                    raise ValueError(f"there are two methodologies {each.name!r}, by name or by id")
                meant[text] = each.id
        return self

    @model_validator(mode="after")
    def _fields_have_names_of_their_own(self) -> Self:
        keys = [header_key(field.name) for field in self.custom_fields]
        for field, key in zip(self.custom_fields, keys, strict=True):
            if reserved(field.name):
                raise ValueError(f"the custom field {field.name!r} has the name of a column that is there already")
            if keys.count(key) > 1:
                raise ValueError(f"there are two custom fields {field.name!r}")
        return self

    @property
    def settings(self) -> CompanySettings:
        """The settings as the log keeps them."""
        fields = tuple(
            CustomField(f.name, f.required, tuple(f.values) if f.values else None) for f in self.custom_fields
        )
        return CompanySettings(
            self.name,
            self.plan,
            self.purchased_licenses,
            tuple(dict.fromkeys(self.sso_domains)),
            tuple(self.functional_areas),
            tuple(self.regions),
            fields,
            self.retention_days,
            self.reminders,
            company_settings.ApprovalThresholds(self.approval.rows, self.approval.share) if self.approval else None,
            company_settings.Subscription(self.subscription.starts_on, self.subscription.ends_on)
            if self.subscription
            else None,
            tuple(company_settings.Methodology(m.id, m.name, m.purchased) for m in self.methodologies),
            scim=company_settings.DirectorySettings(self.scim.create) if self.scim else None,
        )


class ProvisionedCompany(Company):
    """A company as it is now."""

    company_id: UUID
