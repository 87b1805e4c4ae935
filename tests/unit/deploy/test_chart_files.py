"""What the chart and its page know of the code is what the code says."""

import json

from deploy import chart_files, values_page
from shared.settings import ServiceSettings


def test_the_committed_facts_are_up_to_date() -> None:
    assert chart_files.FACTS.read_text(encoding="utf-8") == chart_files.facts(), "run ./usher docs"


def test_the_committed_schema_knows_the_settings_of_the_code() -> None:
    assert chart_files.SCHEMA.read_text(encoding="utf-8") == chart_files.schema(), "run ./usher docs"


def test_the_committed_page_of_values_is_up_to_date() -> None:
    assert values_page.PAGE.read_text(encoding="utf-8") == values_page.page(), "run ./usher docs"


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
    from deploy.local.options import SERVICES
    from deploy.settings_page import settings_of

    fields = {f"USHER_{name.upper()}" for service in SERVICES for name in settings_of(service).model_fields}
    assert fields >= chart_files.GIVEN
