"""The HTTP interface of licensing: parse, name the command, run it in the office, answer."""

from services.licensing.api.access import core_of
from services.licensing.api.problems import install
from services.licensing.api.routes_export import AT_ONCE
from services.licensing.api.routes_export import router as export
from services.licensing.api.routes_invitations import router as invitations
from services.licensing.api.routes_listing import router as listing
from services.licensing.api.routes_live import router as live
from services.licensing.api.routes_provisioning import router as provisioning
from services.licensing.api.routes_team import router as team

ROUTERS = (live, listing, export, team, provisioning, invitations)

__all__ = ["AT_ONCE", "ROUTERS", "core_of", "install"]
