"""Whom a field Reports To can name: what a form offers while somebody types, and without script the most frequent."""

from dataclasses import dataclass

from services.upload.web.authentication import Visitor
from services.upload.web.dependencies import WebDependencies
from shared.people.statuses import LIVE

_OFFERED = "50"
_FOUND = "20"


@dataclass(frozen=True, slots=True)
class ManagerOption:
    """An e-mail that can be chosen, and whose it is."""

    email: str
    who: str


async def frequent_managers(deps: WebDependencies, visitor: Visitor) -> list[ManagerOption]:
    """Those to whom most report: the likeliest."""
    found = await deps.licensing.groups(visitor.who.token, {"by": "reports_to", "limit": _OFFERED})
    return [ManagerOption(group.value, group.name or "") for group in found.items if group.value]


async def found_managers(deps: WebDependencies, visitor: Visitor, word: str) -> list[ManagerOption]:
    """Those of My Team whom the word finds, of whom any can be a manager; without a word the likeliest."""
    if not word:
        return await frequent_managers(deps, visitor)
    asked = {"q": word, "status": ",".join(LIVE), "limit": _FOUND}
    found = await deps.licensing.team(visitor.who.token, asked)
    return [ManagerOption(user.email, ", ".join(filter(None, (user.full_name, user.title)))) for user in found.items]
