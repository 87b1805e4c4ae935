"""A user of My Team, as answered."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import BaseModel, Field

from services.licensing.domain.user.state import Permission
from services.licensing.read_models.team.fields import IS_OUTSIDE
from services.licensing.read_models.team.filter import DELIVERIES, MANAGERS
from services.licensing.read_models.team.table import OWN_FIELDS
from shared.people import own
from shared.people.profile import TEXT_KEYS, ProfileFieldsModel
from shared.people.statuses import Status
from usher_contracts import HeldMethodologies


class Delivery(BaseModel):
    """What became of the invitation's mail."""

    state: Annotated[Literal["queued", "sent", "failed"], Field(title="InvitationState")]
    error: str | None = Field(None, description="The last error, as the mail server said it")
    at: datetime | None = None
    expires_at: datetime | None = Field(None, description="Until when the link is good")
    expired: bool = Field(False, description="The link works no longer: resend it, or cancel the invitation")
    reminded_at: datetime | None = Field(None, description="When they were reminded last that they have not answered")
    not_sso_domain: bool = Field(False, description="It can't be accepted: outside the company's SSO domains")


class _Named(BaseModel):
    user_id: UUID
    email: str
    first_name: str
    last_name: str


class TeamUser(ProfileFieldsModel[str | None], _Named):
    """A user in My Team."""

    reports_to: str | None = Field(description="The manager's present e-mail address")
    reports_to_id: UUID | None
    reports_to_name: str | None = Field(None, description="The manager's name")
    custom_fields: dict[str, str]
    status: Annotated[Status, Field(title="UserStatus")]
    invited_at: datetime | None
    activated_at: datetime | None
    permissions: list[Permission] = Field([], description="What was granted to them in Usher")
    invitation: Delivery | None = Field(description="null for who needs none any more")
    methodologies: HeldMethodologies = Field({}, description="Seats that they have, by the methodology’s id")


class Manager(TeamUser):
    """A user in the hierarchy."""

    reports: int = Field(description="How many report to them directly")
    below: list["Manager"] = Field([], description="These, where they were asked for and are few enough")


COLUMNS = f"""
u.user_id, u.email, {", ".join(f"u.{key}" for key in TEXT_KEYS)}, m.email AS reports_to,
u.manager_id AS reports_to_id, nullif(trim(m.first_name || ' ' || m.last_name), '') AS reports_to_name,
u.custom_fields, u.permissions, u.methodologies, u.status, u.invited_at, u.activated_at, u.invitation_id, u.issued_at,
u.expires_at, u.expires_at <= now() AS expired, d.state AS delivery_state, d.error AS delivery_error,
d.at AS delivery_at, d.reminded_at, {IS_OUTSIDE} AS outside, {OWN_FIELDS}
"""
FROM = f"users u {MANAGERS} {DELIVERIES}"


def user_of(row: Record) -> TeamUser:
    """The user that a row of COLUMNS says."""
    texts: dict[str, Any] = {key: row[key] for key in TEXT_KEYS}
    return TeamUser(
        user_id=row["user_id"],
        email=row["email"],
        **texts,
        reports_to=row["reports_to"],
        reports_to_id=row["reports_to_id"],
        reports_to_name=row["reports_to_name"],
        custom_fields=own.known(orjson.loads(row["custom_fields"]), row["own_fields"]),
        permissions=orjson.loads(row["permissions"]),
        status=row["status"],
        invited_at=row["invited_at"],
        activated_at=row["activated_at"],
        invitation=_delivery(row),
        methodologies=orjson.loads(row["methodologies"]),
    )


def _delivery(row: Record) -> Delivery | None:
    if row["invitation_id"] is None:
        return None
    return Delivery(
        state=row["delivery_state"] or "queued",
        error=row["delivery_error"],
        at=row["delivery_at"] or row["issued_at"],
        expires_at=row["expires_at"],
        expired=row["expired"],
        reminded_at=row["reminded_at"],
        not_sso_domain=row["outside"],
    )
