"""What the demo says beside the main job: licenses, My Team, the mailbox, and one who joins."""

from typing import Any

from deploy.devstack.invite import client


class Client(client.Client):
    """The calls of one admin, and of the people who were invited."""

    def __init__(self, upload: str, licensing: str, mailbox: str, token: str) -> None:
        super().__init__(upload, token)
        self.licensing, self.mailbox = licensing, mailbox

    async def seats(self) -> dict[str, Any]:
        """Licenses occupied and purchased."""
        return await self.ask("GET", f"{self.licensing}/api/v1/seats")

    async def team(self) -> dict[str, Any]:
        """The first page of My Team, with its total."""
        return await self.ask("GET", f"{self.licensing}/api/v1/team", params={"limit": 12})

    async def mails(self, to: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Mails that were delivered, newest first."""
        query = {"limit": limit, **({"to": to} if to else {})}
        return await self.ask("GET", f"{self.mailbox}/messages", params=query)

    async def accept(self, token: str) -> None:
        """Joins by an invitation's link, as the invitee's browser does; what is offered is transferred."""
        url = f"{self.licensing}/api/v1/invitations/{token}"
        offer = await self.ask("GET", url)
        await self.call("POST", f"{url}/accept", json={"records": "transfer"} if offer["transfer"] else {})
