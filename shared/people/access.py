"""What people may do in Usher and in the product's other parts, and what is said to those who may not."""

from typing import Final, Literal, get_args

Permission = Literal["manage_users", "manage_assignments", "manage_reports", "authorize_purchases"]
"""What a user can be let do in the whole of their company. Usher itself asks for the first alone."""
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
"""In the order in which they are shown."""
MANAGE_USERS: Final = "manage_users"
"""The permission of a company's admins."""
AUTHORIZE_PURCHASES: Final = "authorize_purchases"
"""The permission that the platform alone grants."""
GRANTED_BY_ADMINS: frozenset[Permission] = frozenset(PERMISSIONS) - {AUTHORIZE_PURCHASES}
"""What whoever manages users gives and takes."""
PermissionsFrom = Literal["token", "directory"]
"""Who says what people may: their token, or what was granted to them in Usher."""

NEEDS_MANAGE_USERS = "This needs the permission manage_users. Ask an admin of your company for it."

NEEDS_TO_SEE_ACCESS = (
    "This needs the permission manage_users or authorize_purchases. Ask an admin of your company for it."
)

PLATFORM_SCOPE = "usher.platform"
"""The scope of the programs that provision companies."""
NEEDS_PLATFORM_SCOPE = "This needs the scope usher.platform, which only provisioning programs have."

DEACTIVATED = "deactivated"
"""The code of the refusal to an Inactive user."""
IS_DEACTIVATED = (
    "Your account at this company is deactivated, so nothing can be seen or done with it."
    " Ask an admin of your company to reactivate you."
)

LINK_PATHS = ("join", "invitations")
"""Parts of an address behind which the token of a personal link stands: who holds it can accept in that person's
name. No log shows it."""
