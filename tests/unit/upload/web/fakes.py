"""The pages with everything around them in memory: no database, no issuer, no other service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import httpx
from fastapi import FastAPI

from services.upload.read_models.batches.view import Batch
from services.upload.read_models.rows.view import Row
from services.upload.web.app import application
from services.upload.web.assets import Assets
from services.upload.web.dependencies import SessionCookie, WebDependencies
from services.upload.web.render import Renderer
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.texts import Texts
from shared.http.auth import TokenVerifier
from shared.http.permissions import Permissions, TokenPermissions
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from tests.serving import Heard
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_licensing import FakeLicensing, FakeWebhooks
from tests.unit.upload.web.fake_sessions import (
    FakeIssuer,
    FakeSessions,
    FakeStanding,
    FakeTeamColumnChoices,
    FakeUserSelections,
    FakeVerifier,
    tokens,
)
from tests.unit.upload.web.fake_uploads import FakeUploads

RENDERER = Renderer(Texts.load(), Assets(), now=lambda: northwind.NOW)
"""One for all tests: compiling the templates takes longer than the tests themselves."""


@dataclass
class Web:
    """The frontend and all that it was given."""

    uploads: FakeUploads = field(default_factory=FakeUploads)
    licensing: FakeLicensing = field(default_factory=FakeLicensing)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    sessions: FakeSessions = field(default_factory=FakeSessions)
    selections: FakeUserSelections = field(default_factory=FakeUserSelections)
    choices: FakeTeamColumnChoices = field(default_factory=FakeTeamColumnChoices)
    issuer: FakeIssuer = field(default_factory=FakeIssuer)
    standing: FakeStanding = field(default_factory=FakeStanding)
    permissions: Permissions = field(default_factory=TokenPermissions)
    production: bool = False
    sign_ins: RateLimit = field(default_factory=lambda: RateLimit("Wait a minute.", 1000))
    reminded_after: tuple[float, float] = (3, 7)
    listener: Heard = field(default_factory=Heard)
    streams: Streams | None = None
    crypto: SessionCrypto = field(default_factory=lambda: SessionCrypto("a key for tests that is long enough"))

    @property
    def deps(self) -> WebDependencies:
        return WebDependencies(
            renderer=RENDERER,
            uploads=self.uploads,
            licensing=self.licensing,
            webhooks=self.webhooks,
            streams=self.streams or Streams(self.listener),
            standing=self.standing,
            permissions=self.permissions,
            sessions=self.sessions,
            selections=self.selections,
            choices=self.choices,
            issuer=self.issuer,
            verifier=cast("TokenVerifier", FakeVerifier()),
            crypto=self.crypto,
            cookie=SessionCookie(self.production, timedelta(hours=12)),
            public_url="http://usher.example",
            scim_url="http://usher.example/scim/v2",
            sign_ins=self.sign_ins,
            reminded_after=self.reminded_after,
        )

    def app(self) -> FastAPI:
        return application(self.deps)

    def browser(self, access: str | None = "admin", *, raises: bool = True) -> httpx.AsyncClient:
        """A browser, signed in as `access`. Follows no redirect. `raises`: an error in a page is the test's too."""
        transport = httpx.ASGITransport(self.app(), raise_app_exceptions=raises)
        client = httpx.AsyncClient(transport=transport, base_url="http://usher.example")
        if access:
            self.sessions.kept["session"] = tokens(access)
            client.cookies.set("__Host-usher" if self.production else "usher", "session")
        return client

    @property
    def csrf(self) -> str:
        """What forms of that browser carry."""
        return self.crypto.form_token("session")

    def has(self, batch: Batch, rows: Sequence[Row] | None = None) -> str:
        """The company has this batch, with these rows; its path."""
        self.uploads.found[batch.id] = batch
        self.uploads.lines = northwind.GOOD_ROWS if rows is None else rows
        return f"/batches/{batch.id}"
