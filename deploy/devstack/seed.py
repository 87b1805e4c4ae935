"""A company to begin with: provisioned as a platform would, by the public calls."""

import json
from typing import TYPE_CHECKING, Any

from deploy.checkout import ROOT
from deploy.devstack import parts
from deploy.devstack.issuer import tokens
from deploy.devstack.issuer.people import People, Person
from deploy.operate.errors import CommandError
from deploy.operate.provisioning import provision

if TYPE_CHECKING:
    from deploy.devstack.stack import Stack

COMPANY_ID = "0192f7a0-0000-7000-8000-000000000001"
COMPANY: dict[str, Any] = json.loads((ROOT / "examples" / "company.json").read_text())
ADMIN = Person("maya.lindqvist@northwind.example", COMPANY_ID, "Maya Lindqvist", ("manage_users",))
_ADMIN_PROFILE: dict[str, Any] = {
    "first_name": "Maya",
    "last_name": "Lindqvist",
    "functional_area": "People",
    "title": "Head of People",
    "region": "Nordics",
    "permissions": ["manage_users"],
}
_PLATFORM = Person("platform@usher.example.com", None, "Platform", platform=True)


async def seed(stack: "Stack") -> None:
    """Makes the company and its first admin, once: a second call changes nothing. Raises CommandError."""
    if stack.options.overrides.issuer:
        raise CommandError(
            f"Seeding needs a token of {stack.issuer_url}. Start with --no-seed and provision it by hand."
        )
    People(tokens.folder(stack.options.data)).add(ADMIN)
    token = tokens.access_token(tokens.load_key(stack.options.data), _PLATFORM, stack.issuer_url)
    licensing = parts.http(stack.options.ports.service("licensing"))
    await provision(licensing, token, COMPANY_ID, COMPANY, {ADMIN.email: _ADMIN_PROFILE})
