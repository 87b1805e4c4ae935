"""The mailbox over HTTP: `GET /messages` for programs, an inbox for people."""

from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from deploy.devstack.mailbox.store import Mail, Store
from deploy.devstack.page import page

# A mail is somebody else's HTML: no script, nothing fetched, links open in a tab of their own.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
)


def build(store: Store) -> Starlette:
    """The application over a store."""

    async def messages(request: Request) -> Response:
        """`to`: an address, exactly, without regard to case. `limit`: 50 unless told, at most 1000. Newest first."""
        limit = request.query_params.get("limit", "50")
        if not limit.isdecimal():
            return JSONResponse({"detail": f"limit is a number from 1 to 1000, not {limit!r}"}, 422)
        found = store.find(request.query_params.get("to"), min(max(int(limit), 1), 1000))
        return JSONResponse([_as_json(mail) for mail in found])

    async def inbox(request: Request) -> Response:
        to = request.query_params.get("to") or None
        items = "".join(_item(mail) for mail in store.find(to, 200))
        search = f'<form><label>To <input name="to" type="email" value="{escape(to or "")}"></label></form>'
        return page("Inbox", search + (f"<ul>{items}</ul>" if items else "<p>No mail yet.</p>"))

    async def show(request: Request) -> Response:
        mail = store.get(request.path_params["number"])
        if mail is None:
            return page("No such mail", '<p><a href="/">Back to the inbox</a></p>', 404)
        return page(mail.subject or "(no subject)", _details(mail))

    async def html(request: Request) -> Response:
        mail = store.get(request.path_params["number"])
        if mail is None or mail.html is None:
            return Response(status_code=404)
        headers = {"Content-Security-Policy": _MAIL_POLICY, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(f'<base target="_blank">{mail.html}', headers=headers)

    return Starlette(
        routes=[
            Route("/", inbox),
            Route("/messages", messages),
            Route("/mail/{number:int}", show),
            Route("/mail/{number:int}/html", html),
        ]
    )


def _as_json(mail: Mail) -> dict[str, str | None]:
    return {
        "from": mail.sender,
        "to": mail.recipients,
        "subject": mail.subject,
        "date": mail.date,
        "message_id": mail.message_id,
        "text": mail.text,
        "html": mail.html,
    }


def _item(mail: Mail) -> str:
    return (
        f'<li><a href="/mail/{mail.id}">{escape(mail.subject or "(no subject)")}<br>'
        f'<span class="muted">to {escape(mail.recipients)} · {escape(mail.date)}</span></a></li>'
    )


def _details(mail: Mail) -> str:
    facts = {"From": mail.sender, "To": mail.recipients, "Date": mail.date}
    shown = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items())
    frame = (
        f'<iframe src="/mail/{mail.id}/html" title="The mail as it looks" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        if mail.html
        else ""
    )
    return f'<p><a href="/">Inbox</a></p><dl>{shown}</dl>{frame}<h2>As text</h2><pre>{escape(mail.text)}</pre>'
