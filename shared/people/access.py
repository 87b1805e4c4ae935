"""What a token lets its holder do in Usher, and what is said to those whom it does not."""

MANAGE_USERS = "manage_users"
"""The permission of a company's admins."""
NEEDS_MANAGE_USERS = "This needs the permission manage_users. Ask an admin of your company for it."

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
