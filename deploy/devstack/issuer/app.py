"""The issuer's routes: discovery, keys, the sign-in page, tokens, who is signed in, the end of a session."""

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.granted import Granted
from deploy.devstack.issuer.people import People, Person
from deploy.devstack.issuer.server import Server
from deploy.devstack.page import page


def build(issuer: str, data: Path, bootstrap: str | None = None) -> Starlette:
    """The application; `issuer` is its own address, which every token names; `bootstrap` the Kafka on which Usher tells
    what it grants."""
    granted = Granted()
    routes = _Issuer(issuer, data, granted).routes()
    return Starlette(routes=routes, lifespan=lambda _: granted.following(bootstrap))


class _Issuer:
    def __init__(self, issuer: str, data: Path, granted: Granted) -> None:
        self.issuer = issuer
        self.key = tokens.load_key(data)
        self.people = People(tokens.folder(data))
        self.server = Server(issuer, self.key, granted)

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/.well-known/oauth-authorization-server", self.discovery),
            Route("/jwks.json", self.keys),
            Route("/authorize", self.sign_in_page, methods=["GET"]),
            Route("/authorize", self.sign_in, methods=["POST"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/userinfo", self.userinfo),
            Route("/logout", self.logout, methods=["GET", "POST"]),
            Route("/", self.home),
        ]

    async def home(self, _: Request) -> Response:
        return page(
            "Development issuer",
            '<p>Usher sends people here to sign in. Its settings: <a href="/.well-known/openid-configuration">'
            "/.well-known/openid-configuration</a>.</p>",
        )

    async def discovery(self, _: Request) -> Response:
        at = self.issuer
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks.json",
                "userinfo_endpoint": f"{at}/userinfo",
                "end_session_endpoint": f"{at}/logout",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
                "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": [*tokens.IDENTITY_SCOPES.split(), "offline_access", tokens.PLATFORM_SCOPE],
                "claims_supported": ["sub", "email", "name", "company_id", "permissions"],
            }
        )

    async def keys(self, _: Request) -> Response:
        return JSONResponse(tokens.public_keys(self.key))

    async def sign_in_page(self, request: Request) -> Response:
        if problem := await self._refusal(request):
            return problem
        buttons = "".join(_button(person) for person in self.people.read())
        listed = f"<ul>{buttons}</ul>" if buttons else '<p class="muted">Nobody is listed yet.</p>'
        hint = escape(request.query_params.get("login_hint", ""))
        return page("Sign in as", f"{listed}<h2>Somebody else</h2>{_OTHER.format(hint=hint)}")

    async def sign_in(self, request: Request) -> Response:
        if problem := await self._refusal(request):
            return problem
        person = _person(dict(await request.form()))
        if isinstance(person, str):
            return page("Sign in as", f'<p role="alert">{escape(person)}</p>{_OTHER.format(hint="")}', 422)
        return self.server.granted(await self.server.view(request), person)

    async def _refusal(self, request: Request) -> Response | None:
        why = self.server.refusal(await self.server.view(request))
        return page("This sign-in cannot go on", f"<p>{escape(why)}</p>", 400) if why else None

    async def token(self, request: Request) -> Response:
        return self.server.tokens(await self.server.view(request))

    async def userinfo(self, request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, self.key, algorithms=[tokens.ALGORITHM]).claims if kind == "Bearer" else {}
        except (JoseError, ValueError):
            claims = {}
        if not claims:
            return JSONResponse({"error": "invalid_token"}, 401, {"WWW-Authenticate": "Bearer"})
        wanted = ("sub", "email", "email_verified", "name", "company_id", "permissions")
        return JSONResponse({name: claims[name] for name in wanted if name in claims})

    async def logout(self, request: Request) -> Response:
        """There is no session here to end: each sign-in asks anew. Sends the browser back where it came from."""
        back = request.query_params.get("post_logout_redirect_uri", "")
        if urlsplit(back).hostname in ("127.0.0.1", "localhost", "::1"):
            state = request.query_params.get("state")
            return RedirectResponse(f"{back}?state={state}" if state else back, 303)
        return page("Signed out", "<p>You can close this page.</p>")


def _button(person: Person) -> str:
    hidden = {"email": person.email, "company_id": person.company_id or "", "name": person.shown_name}
    fields = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in hidden.items())
    admin = '<input type="hidden" name="admin" value="on">' if "manage_users" in person.permissions else ""
    role = " · admin" if admin else ""
    return (
        f'<li><form method="post">{fields}{admin}<button>{escape(person.shown_name)} '
        f'<span class="muted">{escape(person.email)}{role}</span></button></form></li>'
    )


_OTHER = """<form method="post">
<label>E-mail <input name="email" type="email" value="{hint}" required></label>
<label>Name <input name="name"></label>
<label>Company id <input name="company_id"></label>
<label><input type="checkbox" name="admin" checked> may manage users</label>
<button class="send">Sign in</button></form>"""


def _person(form: dict[str, Any]) -> Person | str:
    """Whom the form names, or a sentence that says what to change."""
    email, company = str(form.get("email", "")).strip(), str(form.get("company_id", "")).strip()
    if "@" not in email:
        return "Enter the e-mail of the person to sign in as."
    try:
        company_id = str(UUID(company)) if company else None
    except ValueError:
        return "A company id looks like 0192f7a0-0000-7000-8000-000000000001. Copy it from what ./usher dev printed."
    permissions = ("manage_users",) if form.get("admin") else ()
    return Person(email, company_id, str(form.get("name", "")).strip(), permissions)
