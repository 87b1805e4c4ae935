"""Rules of permissions: who gives and takes them, and that there always is an admin.

An admin, here, is an Active user who was granted ``manage_users``. A company in which nobody was granted it has its
admins by their tokens alone, and these rules hold nobody up.
"""

from msgspec.structs import replace

from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.commands import ChangePermissions
from services.licensing.domain.user.events import UserEvent, UserPermissionsChanged
from services.licensing.domain.user.state import Active, Inactive, Member, User
from shared.people.access import MANAGE_USERS, PERMISSIONS


def is_admin(user: User) -> bool:
    """Whether they count as one who is left."""
    return isinstance(user, Active) and MANAGE_USERS in user.access.permissions


def require_admin_remains(user: User, admin_remains: bool) -> None:
    """For what makes ``user`` an admin no longer. Raises Refused ``last_admin`` where nobody else is one then."""
    if is_admin(user) and not admin_remains:
        raise Refused("last_admin")


def change_permissions(command: ChangePermissions, user: Member) -> list[UserEvent]:
    """Raises Refused: ``platform_grants``, ``last_admin``, and ``not_active`` where something is given to who is
    Inactive; they can only lose it."""
    before = frozenset(user.access.permissions)
    given = command.permissions - before
    if given - command.grants and not command.undo:
        raise Refused("platform_grants")
    if given and isinstance(user, Inactive) and not command.undo:
        raise Refused("not_active")
    wanted = command.permissions | (before - command.grants)
    if wanted == before:
        return []
    if MANAGE_USERS not in wanted:
        require_admin_remains(user, command.admin_remains)
    permissions = tuple(each for each in PERMISSIONS if each in wanted)
    after = replace(user, access=replace(user.access, permissions=permissions))
    return [UserPermissionsChanged(after, user.access.permissions, command.by)]
