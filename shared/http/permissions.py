"""Where it stands what who holds a good token may do: in the token, or in what the service knows beside it.

Each service that takes tokens has such a source (`app.state.permissions`): it is asked at every request, and of each
stream (shared/http/sse.py) as long as it lasts. Whoever changes somebody's permissions notifies `sse.CHANNEL` with
their company's id, in the same transaction.
"""

from typing import Protocol

from shared.http.standing import Holder


class PermissionHolder(Holder, Protocol):
    """Who holds a token, as its claims say."""

    @property
    def email_refuted(self) -> bool: ...
    @property
    def permissions(self) -> frozenset[str]: ...


class Permissions(Protocol):
    """The source of permissions."""

    async def of(self, who: PermissionHolder) -> frozenset[str]:
        """All that they may, as far as it is known here at this moment."""
        ...

    async def may(self, who: PermissionHolder, permission: str) -> bool:
        """Whether they may this. Before it is denied, what others have answered already is waited for."""
        ...


class TokenPermissions:
    """What the token says, until it ends."""

    async def of(self, who: PermissionHolder) -> frozenset[str]:
        """See `Permissions`."""
        return who.permissions

    async def may(self, who: PermissionHolder, permission: str) -> bool:
        """See `Permissions`."""
        return permission in who.permissions
