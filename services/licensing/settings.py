"""What the licensing service is told by its environment."""

from collections.abc import Mapping
from datetime import timedelta

from pydantic import Field, SecretStr

from services.licensing.domain.user.invitation_limits import AddressLimit, InvitationPolicy
from shared.core.settings import ServiceKeySettings, ServiceSettings, development_key
from shared.people.access import LINK_PATHS
from shared.people.budget import INVITATIONS_PER_DAY, InvitationsPerDay


class LicensingSettings(ServiceKeySettings, ServiceSettings):
    """Settings of licenses and invitations."""

    secret_paths = LINK_PATHS

    port: int = Field(8001, ge=0, le=65535, description="The port that the service listens on.")
    connections_per_address: int = Field(
        700,
        ge=0,
        le=100_000,
        description="How many of its connections one address may have, but a trusted proxy's: an upload process alone "
        "has up to 600, since each page that shows live numbers is a stream. 0: as many as there are.",
    )
    upload_url: str = Field("http://127.0.0.1:8000", description="Where licensing reaches upload.")
    validation_url: str = Field("http://127.0.0.1:8002", description="Where licensing reaches validation.")
    invitation_key: SecretStr = Field(
        development_key("invitation-key"),
        min_length=32,
        description="What the personal links in invitations are signed with: notification's, at least 32 random "
        "characters.",
    )
    invitation_key_previous: SecretStr | None = Field(
        None,
        min_length=32,
        description="While the key is being rotated: the one before, whose links stay good.",
    )
    invitations_per_day: InvitationsPerDay = INVITATIONS_PER_DAY
    invitation_days: float = Field(14, gt=0, le=365, description="How long an invitation's link is good, in days.")
    resend_cooldown_seconds: int = Field(
        300, ge=0, description="The least time between two resends to one address, in seconds."
    )
    invitations_a_day: int = Field(
        5,
        ge=1,
        description="How many invitations one address is sent in 24 hours, at most, however they came about; "
        "`USHER_INVITATIONS_PER_DAY` limits a company's.",
    )

    link_calls_per_minute: int = Field(
        60, ge=1, description="How often one invitation's link may be opened in a minute; more are told to wait."
    )
    unknown_links_per_minute: int = Field(
        30, ge=1, description="How many links that don't exist one address may try in a minute, before it has to wait."
    )

    scim_calls_per_minute: int = Field(
        3_000, ge=1, description="How often a company’s directory may ask in a minute, by SCIM; more is told to wait."
    )

    addresses_told_per_day: int = Field(
        200,
        ge=1,
        description="Of how many people outside of it a company's forms may tell in a day that another company has "
        "them or that they have an account of their own; then invitations by form wait until tomorrow (UTC).",
    )

    @property
    def other_services(self) -> Mapping[str, str]:
        """Where the other services are, by their names."""
        return {"upload": self.upload_url, "validation": self.validation_url, "notification": self.notification_url}

    @property
    def invitation_policy(self) -> InvitationPolicy:
        """How long a link is good, and how often an address may be sent one."""
        limit = AddressLimit(timedelta(seconds=self.resend_cooldown_seconds), self.invitations_a_day)
        return InvitationPolicy(timedelta(days=self.invitation_days), limit, self.invitations_per_day)
