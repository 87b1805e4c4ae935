"""What the HTTP interface and the pages share: built once, in main.py."""

from dataclasses import dataclass

from services.upload.actions import Actions
from services.upload.batches.query import BatchQueries
from services.upload.changes import Changes
from services.upload.companies.query import Companies
from services.upload.files import Files
from services.upload.intake import Intake
from services.upload.rows import RowQueries
from services.upload.settings import UploadSettings
from services.upload.standing.query import HeardStanding
from services.upload.templates import Templates
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
