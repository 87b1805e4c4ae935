"""SCIM 2.0 (RFC 7644) for a company's directory."""

from services.licensing.api.scim.errors import install as install_errors
from services.licensing.api.scim.routes_discovery import router as discovery
from services.licensing.api.scim.routes_groups import router as groups
from services.licensing.api.scim.routes_users import router as users

ROUTERS = (discovery, users, groups)

__all__ = ["ROUTERS", "install_errors"]
