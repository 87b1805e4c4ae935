"""What the chart and its page know of the code is what the code says."""

import json

from deploy.docgen import chart_files, values_page
from shared.core.settings import ServiceSettings


def test_every_value_is_described() -> None:
    rows = [line for line in values_page.page().splitlines() if line.startswith("| `")]
    undescribed = [row for row in rows if row.endswith("|  |")]
    assert len(rows) > 100
    assert undescribed == []


def test_no_secret_is_a_value() -> None:
    known = json.loads(chart_files.schema())["$defs"]["sharedSettings"]["properties"]
    secret = {f"USHER_{name.upper()}" for name, field in ServiceSettings.model_fields.items() if "Secret" in str(field)}
    assert secret
    assert not secret & known.keys()


def test_what_the_chart_gives_itself_is_a_setting_of_the_code() -> None:
    from deploy.docgen.settings_page import settings_of
    from deploy.operate.services import SERVICES

    fields = {f"USHER_{name.upper()}" for service in SERVICES for name in settings_of(service).model_fields}
    assert fields >= chart_files.GIVEN
