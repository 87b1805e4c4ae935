"""The notification service over its HTTP interface for our own services: how an invitation will look."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

import httpx
import structlog
from pydantic import ValidationError

from services.upload.formats.shown_mail import ShownMail, ShownMails, Variant
from services.upload.messages import NO_PREVIEW
from shared.http.callers import CallerSeal
from shared.http.problems import unavailable
from shared.observability.spans import carry

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Inviter:
    """Who is about to invite, and the sentence of their own that they add."""

    email: str
    name: str
    message: str | None


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Who is about to be invited."""

    email: str
    first_name: str
    last_name: str


class Notification(Protocol):
    """What upload asks of notification. Problem 503 where that is away."""

    async def preview(self, company: str, by: Inviter, to: InvitedPerson) -> Sequence[ShownMail]:
        """How the invitation will look."""
        ...

    async def send_sample(self, company_id: str, by: Inviter, to: InvitedPerson, variant: Variant, key: str) -> None:
        """Sends the inviter, and nobody else, a sample of it."""
        ...


class HttpNotification:
    """Notification at its address, over kept connections."""

    def __init__(self, url: str, seal: CallerSeal, transport: httpx.AsyncBaseTransport | None = None) -> None:
        hooks = {"request": [carry, seal.carry]}
        self._client = httpx.AsyncClient(base_url=url, timeout=10, transport=transport, event_hooks=hooks)

    async def __aenter__(self) -> "HttpNotification":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def preview(self, company: str, by: Inviter, to: InvitedPerson) -> Sequence[ShownMail]:
        """See Notification."""
        answer = await self._post("/internal/invitation-previews", company=company, by=asdict(by), to=asdict(to))
        try:
            return ShownMails.model_validate_json(answer.content).items
        except ValidationError as error:
            log.error("notification_answer_not_understood", problems=error.error_count())
            raise unavailable(NO_PREVIEW) from error

    async def send_sample(self, company_id: str, by: Inviter, to: InvitedPerson, variant: Variant, key: str) -> None:
        """See Notification."""
        asked = {"company_id": company_id, "by": asdict(by), "to": asdict(to), "variant": variant, "key": key}
        await self._post("/internal/invitation-samples", **asked)

    async def _post(self, path: str, **body: object) -> httpx.Response:
        try:
            answer = await self._client.post(path, json=body)
        except httpx.HTTPError as error:
            raise unavailable(NO_PREVIEW) from error
        if not answer.is_success:
            log.error("notification_refused", path=path, status=answer.status_code)
            raise unavailable(NO_PREVIEW)
        return answer
