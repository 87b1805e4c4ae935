"""Calls Usher by openapi-python-client's clients: UPLOAD LICENSING NOTIFICATION TOKEN BATCH; says what it got."""

import json
import sys
from hashlib import sha256
from uuid import UUID

from licensing import AuthenticatedClient as Team
from licensing.api.team import as_csv_api_v1_team_export_csv_get as as_csv
from licensing.api.team import team_api_v1_team_get as team
from notification import AuthenticatedClient as Webhooks
from notification.api.webhooks import webhooks_api_v1_webhooks_get as webhooks
from upload import AuthenticatedClient as Batches
from upload.api.upload import batch_api_v1_batches_batch_id_get as batch
from upload.api.upload import original_api_v1_batches_batch_id_original_xlsx_get as original
from upload.api.upload import rows_api_v1_batches_batch_id_rows_get as rows

upload_url, licensing_url, notification_url, token, batch_id = sys.argv[1:]
upload = Batches(base_url=upload_url, token=token)
licensing = Team(base_url=licensing_url, token=token)
notification = Webhooks(base_url=notification_url, token=token)
id_ = UUID(batch_id)

page = rows.sync(id_, client=upload)
print(
    json.dumps(
        {
            "status": batch.sync(id_, client=upload).status,
            "rows": [[row.row, row.outcome, [found.code for found in row.errors or ()]] for row in page.items],
            "team": [user.email for user in team.sync(client=licensing).items],
            "original": sha256(original.sync(id_, client=upload).payload.read()).hexdigest(),
            "export": sha256(as_csv.sync(client=licensing).encode()).hexdigest(),
            "webhooks": [each.url for each in webhooks.sync(client=notification).items],
        }
    )
)
