"""The frontend as one application, mounted beside the service's HTTP interface."""

from datetime import timedelta

import asyncpg
import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Mount
from starlette.types import Scope

from services.upload.web import error_pages
from services.upload.web.assets import Assets
from services.upload.web.authentication import SignInNeeded
from services.upload.web.dependencies import SessionCookie, WebDependencies
from services.upload.web.licensing import Licensing
from services.upload.web.oidc import Client, OpenIdIssuer
from services.upload.web.pages import (
    access,
    actions,
    activity,
    approving,
    batches,
    changed_errors,
    confirm,
    correcting,
    erasures,
    hierarchy,
    join,
    license_counts,
    permissions,
    progress,
    provisioning,
    review,
    selection,
    sheet_columns,
    short_undo,
    signin,
    team,
    team_columns,
    team_views,
    upload,
    users,
    webhooks,
)
from services.upload.web.ports import UploadPort
from services.upload.web.render import Renderer
from services.upload.web.security_headers import SecurityHeaders
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import PostgresSessions
from services.upload.web.settings import WebSettings
from services.upload.web.team_column_choice import PostgresTeamColumnChoices
from services.upload.web.texts import Texts
from services.upload.web.user_selection import PostgresUserSelections
from services.upload.web.webhooks import Webhooks
from shared.http.auth import TokenVerifier
from shared.http.jwks import IssuerAway
from shared.http.permissions import Permissions
from shared.http.problems import Problem
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from shared.http.standing import Standing
from shared.observability.tracing import FRAMEWORKS_OWN
from shared.postgres.database import Pool

UNLIMITED_PATHS = frozenset({upload.PATH})
"""Paths whose body is counted while it streams: for the service's own limit to leave alone."""

PAGES = (
    *(
        access,
        license_counts,
        activity,
        team,
        team_columns,
        team_views,
        selection,
        actions,
        short_undo,
        hierarchy,
        users,
        permissions,
        upload,
        sheet_columns,
        batches,
        review,
        changed_errors,
        correcting,
        confirm,
        approving,
        progress,
        provisioning,
        webhooks,
        erasures,
    ),
    *(join, signin),
)
"""In this order: `/team/live` goes before `/team/{user_id}`."""
_PROGRAMS = ("/api/", "/openapi.json", "/docs", "/redoc", "/livez", "/readyz", "/metrics")


def assemble(
    settings: WebSettings,
    *,
    uploads: UploadPort,
    licensing: Licensing,
    hooks: Webhooks,
    pool: Pool,
    verifier: TokenVerifier,
    streams: Streams,
    standing: Standing,
    permissions: Permissions,
    transport: httpx.AsyncBaseTransport | None = None,
) -> WebDependencies:
    """The frontend's parts from the service's settings and parts. `transport` reaches the issuer (tests)."""
    secret = settings.oidc_client_secret
    client = Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=secret.get_secret_value() if secret else None,
        scopes=settings.oidc_scopes,
        redirect=settings.public_url.rstrip("/") + signin.CALLBACK,
        algorithms=settings.oidc_algorithms,
        leeway=settings.oidc_leeway_seconds,
    )
    crypto = SessionCrypto(*settings.session_keys)
    return WebDependencies(
        renderer=Renderer(Texts.load(), Assets()),
        uploads=uploads,
        licensing=licensing,
        webhooks=hooks,
        streams=streams,
        standing=standing,
        permissions=permissions,
        sessions=PostgresSessions(pool, crypto),
        selections=PostgresUserSelections(pool),
        choices=PostgresTeamColumnChoices(pool),
        issuer=OpenIdIssuer(client, verifier.keys, transport),
        verifier=verifier,
        crypto=crypto,
        cookie=SessionCookie(settings.production, timedelta(hours=settings.session_hours)),
        public_url=settings.public_url.rstrip("/"),
        scim_url=(settings.scim_url or f"{settings.public_url.rstrip('/')}/scim/v2").rstrip("/"),
        sign_ins=RateLimit(
            "There were too many sign-ins from your network. Wait a minute.", settings.sign_ins_per_minute
        ),
        reminded_after=(settings.reminder_days, settings.reminder_again_days),
    )


def application(deps: WebDependencies) -> FastAPI:
    """All pages. Errors are pages too."""
    app = FastAPI(title="Usher", openapi_url=None, docs_url=None, redoc_url=None, telemetry=FRAMEWORKS_OWN)
    app.state.deps = deps
    app.mount("/static", Assets().app())
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
    app.add_exception_handler(SignInNeeded, error_pages.sign_in)
    app.add_exception_handler(Problem, error_pages.problem)
    app.add_exception_handler(HTTPException, error_pages.framework)
    app.add_exception_handler(RequestValidationError, error_pages.not_understood)
    app.add_exception_handler(ClientDisconnect, error_pages.nobody)
    app.add_exception_handler(IssuerAway, error_pages.issuer_away)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, error_pages.unstorable)
    for kind in (asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError, TimeoutError):
        app.add_exception_handler(kind, error_pages.away)
    app.add_exception_handler(Exception, error_pages.unexpected)
    app.add_middleware(SecurityHeaders, production=deps.cookie.production)
    return app


def mount(app: FastAPI, deps: WebDependencies) -> None:
    """Serve the pages on every path that is not for programs. To be called when all other routes are there."""
    app.router.routes.append(_Pages("", application(deps), name="pages"))


class _Pages(Mount):
    """Leaves the programs' paths alone: their unknown addresses and methods are problem documents, not pages."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and str(scope["path"]).startswith(_PROGRAMS):
            return Match.NONE, {}
        return super().matches(scope)
