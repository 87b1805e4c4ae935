"""Whom a field Reports To can name: what a form offers while somebody types, and without script the most frequent."""

from dataclasses import dataclass

from services.upload.web.authentication import Visitor
from services.upload.web.dependencies import WebDependencies

_OFFERED = "50"


@dataclass(frozen=True, slots=True)
class ManagerOption:
    """An e-mail that can be chosen, and whose it is."""

    email: str
    who: str


async def frequent_managers(deps: WebDependencies, visitor: Visitor) -> list[ManagerOption]:
    """Those to whom most report: the likeliest."""
    found = await deps.licensing.groups(visitor.who.token, {"by": "reports_to", "limit": _OFFERED})
    return [ManagerOption(group.value, group.name or "") for group in found.items if group.value]
