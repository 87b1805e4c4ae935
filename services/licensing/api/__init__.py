"""The HTTP interface of licensing: parse, name the command, run it in the parts, answer."""

from services.licensing.api.parts import parts_of
from services.licensing.api.problems import install
from services.licensing.api.routes_access import router as requests
from services.licensing.api.routes_activity import router as activity
from services.licensing.api.routes_erasures import router as erasures
from services.licensing.api.routes_export import MAX_EXPORTS
from services.licensing.api.routes_export import router as export
from services.licensing.api.routes_invitations import router as invitations
from services.licensing.api.routes_joined import router as joined
from services.licensing.api.routes_listing import router as listing
from services.licensing.api.routes_live import router as live
from services.licensing.api.routes_persons import router as persons
from services.licensing.api.routes_provisioning import router as provisioning
from services.licensing.api.routes_scim_tokens import router as scim_tokens
from services.licensing.api.routes_team import router as team
from services.licensing.api.routes_views import router as views
from services.licensing.api.scim import ROUTERS as SCIM
from services.licensing.api.scim import install_errors as install_scim_errors

ROUTERS = (
    *(live, requests, listing, export, views, joined, activity, team, provisioning, persons, invitations),
    *(erasures, scim_tokens, *SCIM),
)

__all__ = ["MAX_EXPORTS", "ROUTERS", "install", "install_scim_errors", "parts_of"]
