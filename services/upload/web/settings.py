"""What the frontend is told by its environment, beside what every service is told."""

from pydantic import Field, SecretStr

from shared.core.settings import ServiceSettings, development_key
from shared.people.reminders import ReminderSettings


class WebSettings(ReminderSettings, ServiceSettings):
    """How people sign in. The upload service's settings derive from these."""

    session_key: SecretStr = Field(
        development_key("session-key"),
        min_length=32,
        description="Encrypts what a browser session keeps: at least 32 random characters.",
    )
    session_key_previous: SecretStr | None = Field(
        None,
        min_length=32,
        description="While the key is being rotated: the one before, whose sessions and forms stay good.",
    )
    oidc_client_id: str = Field("usher-web", description="The issuer's name for the frontend as a client.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="The client's secret, where the issuer wants one; PKCE is used in any case."
    )
    oidc_scopes: str = Field(
        "openid profile email offline_access", description="The scopes that signing in asks for, separated by spaces."
    )
    scim_url: str | None = Field(
        None,
        description="Where a company’s directory reaches SCIM, as the page Provisioning says it; by default `/scim/v2` "
        "at the public URL, which the ingress hands to licensing.",
    )
    sign_ins_per_minute: int = Field(
        120, ge=1, description="How many sign-ins one address may begin or end in a minute; more are told to wait."
    )
    session_hours: int = Field(12, ge=1, le=720, description="After how many hours a browser has to sign in again.")

    @property
    def session_keys(self) -> tuple[str, str | None]:
        """The key of sessions, and the one before while it is being replaced."""
        previous = self.session_key_previous
        return self.session_key.get_secret_value(), previous.get_secret_value() if previous else None
