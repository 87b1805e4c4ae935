"""What people and programs are told where something is refused. All of notification's sentences stand here, but for
those of mails (formats/mail/texts.py)."""

from collections.abc import Mapping
from typing import cast

from services.notification.domain.refusals import Code
from shared.http.problems import ProblemType
from shared.people.access import DEACTIVATED, IS_DEACTIVATED, NEEDS_MANAGE_USERS, NEEDS_PLATFORM_SCOPE

_REFUSALS = (
    ProblemType(
        404, "webhook_not_found", "There is no webhook with this id: it may be deleted. List those that there are."
    ),
    ProblemType(409, "too_many_webhooks", "There are {limit} webhooks already, and more cannot be. Delete one first."),
    ProblemType(
        409,
        "webhook_replay_running",
        "A replay to this webhook is under way. Wait until it has ended, then ask for another one.",
    ),
    ProblemType(409, "webhook_off", "This webhook is switched off, so nothing is delivered to it. Switch it on first."),
)
REFUSALS: Mapping[Code, ProblemType] = {cast("Code", kind.code): kind for kind in _REFUSALS}
"""The problem that each refusal of a command is answered with."""

NEEDS_ADMIN = ProblemType(403, "forbidden", NEEDS_MANAGE_USERS)
NEEDS_PLATFORM = ProblemType(403, "forbidden", NEEDS_PLATFORM_SCOPE)
NEEDS_PLUS = ProblemType(403, "plan_required", "Your company's plan does not include this. Change to the plan Plus.")
IS_OUT = ProblemType(403, DEACTIVATED, IS_DEACTIVATED)
DELIVERY_NOT_FOUND = ProblemType(
    404, "delivery_not_found", "There is no such delivery any more: delivered ones are kept for a while only."
)
EVENT_UNKNOWN = ProblemType(422, "webhook_event", "There is no event {name}. Use any of {known}; or null for all.")
TOO_MANY_TESTS = "This webhook is tested too often. Wait a minute, then test it again."
BUSY = ProblemType(503, "unavailable", "Somebody else is changing the same just now. Try again in a moment.")

NOT_A_URL = ProblemType(
    422, "webhook_url", "This is not a web address. Use one as in https://example.com/usher-events."
)
NEEDS_HTTPS = ProblemType(
    422, "webhook_url", "Events are delivered over https alone. Use an address that begins with https://."
)
NO_USER_IN_URL = ProblemType(
    422,
    "webhook_url",
    "Leave user and password out of the address: each delivery is signed, check that signature instead.",
)
NO_FRAGMENT = ProblemType(422, "webhook_url", "Leave out of the address what begins with #: it is never sent.")
FORBIDDEN_ADDRESS = ProblemType(
    422, "webhook_url", "{host} leads to an address that Usher does not deliver to: it is not of the public internet."
)
