"""What the pages depend on: put together once, by the service's composition root."""

from dataclasses import dataclass, field
from datetime import timedelta

from services.upload.web.licensing import Licensing
from services.upload.web.licensing_models import Seats
from services.upload.web.live_fragments import Fragment
from services.upload.web.oidc import Issuer
from services.upload.web.ports import UploadPort
from services.upload.web.render import Renderer
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import Sessions
from services.upload.web.team_column_choice import TeamColumnChoices
from services.upload.web.user_selection import UserSelections
from services.upload.web.webhooks import Webhooks
from shared.core.broadcast import Broadcast
from shared.http.auth import TokenVerifier
from shared.http.permissions import Permissions
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from shared.http.standing import Standing


@dataclass(frozen=True, slots=True)
class SessionCookie:
    """The session's cookie. In production it is bound to this host, and sent over TLS only."""

    production: bool
    lasts: timedelta

    @property
    def name(self) -> str:
        """Its name; the prefix makes browsers refuse it from anywhere but this host, over TLS, for all paths."""
        return "__Host-usher" if self.production else "usher"

    @property
    def pending(self) -> str:
        """The name of the one that a sign-in under way has."""
        return f"{self.name}-signin"


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """The frontend's parts. `public_url` is where people reach it, `scim_url` where directories
    reach licensing. `reminded_after`: days."""

    renderer: Renderer
    uploads: UploadPort
    licensing: Licensing
    webhooks: Webhooks
    streams: Streams
    standing: Standing
    permissions: Permissions
    sessions: Sessions
    selections: UserSelections
    choices: TeamColumnChoices
    issuer: Issuer
    verifier: TokenVerifier
    crypto: SessionCrypto
    cookie: SessionCookie
    public_url: str
    scim_url: str
    sign_ins: RateLimit
    reminded_after: tuple[float, float] = (3, 7)
    watched_batches: Broadcast[Fragment] = field(default_factory=Broadcast[Fragment])
    """What a batch under way looks like, once for all who look at the same of it."""
    watched_seats: Broadcast[Seats] = field(default_factory=Broadcast[Seats])
    """By company."""
