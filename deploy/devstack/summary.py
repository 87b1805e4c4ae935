"""What `./usher dev` says when it is ready: where to look, and as whom to sign in."""

from typing import TYPE_CHECKING

from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.people import People

if TYPE_CHECKING:
    from deploy.devstack.stack import Stack


def summary(stack: "Stack") -> str:
    """A few lines for a person."""
    found = stack.endpoints()
    rows = [
        ("Usher", found.get("upload", {}).get("url")),
        ("Licensing's API", f"{found['licensing']['url']}/docs" if "licensing" in found else None),
        ("Inbox", found.get("mailbox", {}).get("url")),
        ("Issuer", found["issuer"]["url"]),
        ("Kafka", found["kafka"]["bootstrap"]),
        ("Postgres", stack.admin_url),
        ("All of it", stack.options.data / "endpoints.json"),
    ]
    lines = ["", "Ready.", *(f"  {label:<16} {value}" for label, value in rows if value)]
    people = People(tokens.folder(stack.options.data)).read()
    lines += [f"  {'Sign in as':<16} {one.shown_name} <{one.email}>, company {one.company_id}" for one in people]
    return "\n".join([*lines, "  Ctrl-C stops it.", ""])
