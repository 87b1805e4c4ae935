"""The list of batches over HTTP: filters that leave what is meant, and what was tidied away."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.upload.conftest import Company


def listed(company: Company, **query: str) -> list[str]:
    answer = company.call("GET", "/batches", params=query)
    assert answer.status_code == 200, answer.text
    return [batch["id"] for batch in answer.json()["items"]]


def test_the_list_is_filtered_by_status_person_and_time(company: Company) -> None:
    ready, waits = company.ready()["id"], company.uploaded()["id"]
    assert listed(company) == [waits, ready], "newest first, all of them"
    assert listed(company, status="ready_for_review") == [ready]
    assert listed(company, status="validating,ready_for_review") == [waits, ready]
    ada = f"ada@{company.id[:8]}.example"
    assert listed(company, uploaded_by=ada.upper()) == [waits, ready]
    assert listed(company, uploaded_by="ben@northwind.example") == []
    now = datetime.now(UTC)
    yesterday, tomorrow = ((now + timedelta(days=days)).date().isoformat() for days in (-1, 1))
    assert (
        listed(company, to=(now - timedelta(days=2)).date().isoformat()) == listed(company, **{"from": tomorrow}) == []
    )
    assert listed(company, **{"from": yesterday, "to": tomorrow}) == [waits, ready]
    between = company.batch(waits)["uploaded_at"]
    assert listed(company, to=between) == [ready], "before that moment"
    assert listed(company, **{"from": between}) == [waits]
    page = company.call("GET", "/batches", params={"limit": 1, "status": "validating,ready_for_review"}).json()
    after = company.call("GET", "/batches", params={"cursor": page["next_cursor"], "status": "ready_for_review"}).json()
    assert [each["id"] for each in after["items"]] == [ready]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"status": "rejected"}, "unknown_status"),
        ({"from": "yesterday"}, "unknown_time"),
        ({"to": "9999-12-31"}, "unknown_time"),
    ],
)
def test_what_is_no_filter_is_said(company: Company, query: dict[str, str], code: str) -> None:
    company.uploaded()
    answer = company.call("GET", "/batches", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_what_is_tidied_away_is_left_out_where_that_is_asked(company: Company) -> None:
    batch_id, other = company.ready()["id"], company.uploaded()["id"]
    early = company.call("POST", f"/batches/{batch_id}/tidy-away")
    assert (early.status_code, early.json()["code"]) == (409, "not_over")
    company.call("POST", f"/batches/{batch_id}/cancel")
    assert company.call("POST", f"/batches/{batch_id}/tidy-away").json()["tidied"] is True
    assert company.call("POST", f"/batches/{batch_id}/tidy-away").status_code == 200, "again is the same as once"
    assert listed(company) == [other, batch_id], "programs see all unless they say so"
    assert (listed(company, tidied="false"), listed(company, tidied="true")) == ([other], [batch_id])
    assert company.call("POST", f"/batches/{batch_id}/show-again").json()["tidied"] is False
    assert listed(company, tidied="true") == []
