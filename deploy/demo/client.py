"""What an admin's program says to Usher: the few calls of the main job."""

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import Any

import httpx

from deploy.local.options import StackError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOKS, PAUSE_SECONDS = 600, 0.2


class Client:
    """The calls of one admin. A refusal is a StackError with the answer's own words."""

    def __init__(self, upload: str, licensing: str, mailbox: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(timeout=60, trust_env=False)
        self._headers = headers
        self.upload, self.licensing, self.mailbox = upload, licensing, mailbox

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._http.aclose()

    async def call(self, method: str, url: str, **given: Any) -> httpx.Response:
        """One request. Raises StackError for every answer that is not a success."""
        answer = await self._http.request(method, url, headers=self._headers, **given)
        if answer.is_error:
            raise StackError(f"{method} {url} answered {answer.status_code}: {answer.text[:600]}")
        return answer

    async def upload_file(self, path: Path, replaces: str | None = None) -> dict[str, Any]:
        """Uploads a workbook and waits for its review."""
        files = {"file": (path.name, await asyncio.to_thread(path.read_bytes), XLSX)}
        form = {"replaces": replaces} if replaces else None
        batch = (await self.call("POST", f"{self.upload}/api/v1/batches", files=files, data=form)).json()
        return await self.wait(batch["id"], {"needs_correction", "ready_for_review"})

    async def wait(self, batch_id: str, wanted: Collection[str]) -> dict[str, Any]:
        """The batch, when its status is one of these."""
        said = ""
        for _ in range(LOOKS):
            batch = (await self.call("GET", f"{self.upload}/api/v1/batches/{batch_id}")).json()
            if batch["status"] in wanted:
                return batch
            said = batch["status"]
            await asyncio.sleep(PAUSE_SECONDS)
        raise StackError(f"The batch is still {said} after {LOOKS * PAUSE_SECONDS:.0f} s. Look at the services' log.")

    async def rows(self, batch_id: str, outcome: str) -> list[dict[str, Any]]:
        """The first rows of an outcome."""
        query = {"outcome": outcome, "limit": 100}
        return (await self.call("GET", f"{self.upload}/api/v1/batches/{batch_id}/rows", params=query)).json()["items"]

    async def annotated(self, batch_id: str) -> bytes:
        """The admin's own workbook with its errors marked."""
        return (await self.call("GET", f"{self.upload}/api/v1/batches/{batch_id}/annotated.xlsx")).content

    async def confirm(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Confirms the review that was seen, and waits until all of it has happened."""
        url = f"{self.upload}/api/v1/batches/{batch['id']}/confirm"
        await self.call("POST", url, json={"review": batch["review"]})
        return await self.wait(batch["id"], {"completed"})

    async def seats(self) -> dict[str, Any]:
        """Licenses occupied and purchased."""
        return (await self.call("GET", f"{self.licensing}/api/v1/seats")).json()

    async def team(self) -> dict[str, Any]:
        """The first page of My Team, with its total."""
        return (await self.call("GET", f"{self.licensing}/api/v1/team", params={"limit": 12})).json()

    async def mails(self, to: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Mails that were delivered, newest first."""
        query = {"limit": limit, **({"to": to} if to else {})}
        return (await self.call("GET", f"{self.mailbox}/messages", params=query)).json()

    async def accept(self, token: str) -> None:
        """Joins by an invitation's link, as the invitee's browser does; what is offered is transferred."""
        url = f"{self.licensing}/api/v1/invitations/{token}"
        offer = (await self.call("GET", url)).json()
        await self.call("POST", f"{url}/accept", json={"records": "transfer"} if offer["transfer"] else {})
