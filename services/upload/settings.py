"""What the upload service is told by its environment."""

from pydantic import Field

from services.upload.web.settings import WebSettings
from shared.core.settings import ServiceKeySettings, ServiceSettings
from shared.people.access import LINK_PATHS
from shared.people.budget import INVITATIONS_PER_DAY, InvitationsPerDay

MIB = 1024 * 1024


class UploadSettings(WebSettings, ServiceKeySettings, ServiceSettings):
    """Settings of intake and of the pages."""

    secret_paths = LINK_PATHS

    invitations_per_day: InvitationsPerDay = INVITATIONS_PER_DAY
    upload_bytes: int = Field(35 * MIB, ge=1024, description="The largest workbook that is taken in, in bytes.")
    upload_seconds: int = Field(600, ge=1, description="How long one upload may take, in seconds.")
    uploads_at_once: int = Field(
        4, ge=1, description="How many uploads of one company are taken at the same time; more are told to wait."
    )
    samples_per_day: int = Field(
        50, ge=1, description="How many samples of invitations a company's admins may send themselves in a day (UTC)."
    )
    uploads_waiting: int = Field(
        50, ge=1, description="How many files of one company may wait to be checked; then the next is told to wait."
    )
