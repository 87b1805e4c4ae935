"""What the HTTP interface and the pages share: built once, in main.py."""

from dataclasses import dataclass

from services.upload.api.downloads import Files
from services.upload.application.command_bus import Actions
from services.upload.application.company_template import Templates
from services.upload.application.upload_file import Intake
from services.upload.read_models.batches.change_feed import Changes
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.companies.query import Companies
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.standing.query import HeardStanding
from services.upload.settings import UploadSettings
from shared.http.sse import Streams


@dataclass(frozen=True, slots=True)
class Core:
    """The service's parts, by what they do."""

    settings: UploadSettings
    batches: BatchQueries
    rows: RowQueries
    files: Files
    intake: Intake
    actions: Actions
    companies: Companies
    templates: Templates
    changes: Changes
    standing: HeardStanding
    streams: Streams
