"""Everything that is known of a person, asked at the running services, as whoever runs Usher would."""

import io
from typing import Any

import httpx
import openpyxl

from tests.e2e.outside import Company, mails, platform_client
from tests.stack import TestStack

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def asked(running: TestStack, email: str, **parameters: str) -> httpx.Response:
    return platform_client(running).get(f"/api/v1/persons/{email}", params=parameters)


def test_it_comes_from_all_services_with_nothing_of_others(running: TestStack, company: Company) -> None:
    review = company.rows(company.person("ada"), company.person("bo"))
    review.confirm()
    review.wait("completed")
    email, other = company.email("ada"), company.email("bo")
    assert mails(running, email)

    answer = asked(running, email)

    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    assert {"licensing", "notification"} <= {item["service"] for item in items}
    said = {value for item in items for value in item["values"].values()}
    assert email in said
    assert not [value for value in said if other in value or company.admin in value]

    workbook = asked(running, email, format="xlsx")
    assert workbook.headers["content-type"] == XLSX
    rows = list(openpyxl.load_workbook(io.BytesIO(workbook.content)).worksheets[0].iter_rows(values_only=True))
    assert len(rows) == 1 + sum(len(item["values"]) for item in items)


def test_of_whom_nobody_has_heard_nothing_is_known(running: TestStack, company: Company) -> None:
    answer = asked(running, company.email("nobody"))
    assert (answer.status_code, answer.json()["items"]) == (200, [])
