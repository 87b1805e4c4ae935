"""The HTTP interface of licensing: parse, name the command, run it in the office, answer."""

from services.licensing.http.access import core_of
from services.licensing.http.export import AT_ONCE
from services.licensing.http.export import router as export
from services.licensing.http.invitations import router as invitations
from services.licensing.http.listing import router as listing
from services.licensing.http.live import router as live
from services.licensing.http.problems import install
from services.licensing.http.provisioning import router as provisioning
from services.licensing.http.team import router as team

ROUTERS = (live, listing, export, team, provisioning, invitations)

__all__ = ["AT_ONCE", "ROUTERS", "core_of", "install"]
