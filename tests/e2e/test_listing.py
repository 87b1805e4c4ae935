"""Pages of batches and rows, and the live stream."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, Review, problem
from tests.e2e.workbooks import cells, grid


def pages(company: Company, url: str, **query: Any) -> Iterator[Json]:
    """All pages, each asked for with the cursor of the one before."""
    cursor = None
    while True:
        page = company.http.get(url, params=query | ({"cursor": cursor} if cursor else {})).raise_for_status().json()
        yield page
        if (cursor := page["next_cursor"]) is None:
            return


def uploaded(company: Company, count: int) -> list[str]:
    """So many new batches; ids, newest first."""
    return [company.upload(grid(company.person(f"p{n}"))).json()["id"] for n in range(count)][::-1]


def test_batches_come_newest_first_by_pages_that_new_batches_do_not_shift(company: Company) -> None:
    ids = uploaded(company, 5)
    walk = pages(company, "/api/v1/batches", limit=2)
    first = next(walk)
    newer = uploaded(company, 2)
    rest = [each["id"] for page in walk for each in page["items"]]
    assert [each["id"] for each in first["items"]] + rest == ids
    assert [each["id"] for each in next(pages(company, "/api/v1/batches"))["items"]] == [*newer, *ids]


def test_rows_come_in_the_sheet_s_order_by_pages_with_their_total(company: Company) -> None:
    people = [company.person(f"p{n}", First_Name=None if n % 3 == 0 else "Ann") for n in range(700)]
    review = company.rows(*people)
    found = list(pages(company, f"{review.url}/rows", limit=300))
    assert [len(page["items"]) for page in found] == [300, 300, 100]
    assert {page["total"] for page in found} == {700}
    assert [row["row"] for page in found for row in page["items"]] == [*range(2, 702)]
    wrong = list(pages(company, f"{review.url}/rows", limit=100, outcome="error"))
    assert [row["row"] for page in wrong for row in page["items"]] == [*range(2, 702, 3)]
    assert {page["total"] for page in wrong} == {234}
    assert len(review.page()["items"]) == 100
    assert len(review.page(limit=1000)["items"]) == 700
    assert review.page(outcome="change") == {"items": [], "next_cursor": None, "total": 0}


def test_a_limit_a_cursor_and_an_outcome_that_cannot_be_are_problems(company: Company) -> None:
    review = company.rows(company.person("ann"), company.person("bob"))
    bad = [{"limit": 0}, {"limit": 1001}, {"limit": "ten"}, {"limit": -1}, {"cursor": "nonsense"}, {"cursor": "bm9uZQ"},
           {"cursor": "W10"}, {"cursor": "\u00e9"}]  # fmt: skip
    for query in bad:
        for url in ("/api/v1/batches", f"{review.url}/rows"):
            answer = company.http.get(url, params=query)
            assert (query, url, answer.status_code) == (query, url, 422), answer.text
            assert answer.headers["content-type"] == "application/problem+json" and answer.json()["code"]
    for outcome in ("invited", "", "ERROR"):
        problem(company.http.get(f"{review.url}/rows", params={"outcome": outcome}), 422, "request_not_understood")
    batches = company.http.get("/api/v1/batches", params={"limit": 1}).json()
    assert batches["next_cursor"] is None
    foreign = company.http.get(f"{review.url}/rows", params={"limit": 1}).json()["next_cursor"]
    assert company.http.get("/api/v1/batches", params={"cursor": foreign}).status_code == 422


def test_a_row_has_no_more_and_no_less_than_the_interface_says(company: Company) -> None:
    row = company.rows(company.person("ann", First_Name=None)).row()
    assert set(row) == {"row", "outcome", "email", "user_id", "values", "errors", "warnings", "changes"}
    assert set(row["errors"][0]) == {"code", "column", "message", "value", "suggestion"}
    assert row["errors"][0]["value"] is None


def events(company: Company, review: Review) -> Iterator[Json]:
    """The batch, as each event of the stream has it."""
    with company.http.stream("GET", f"{review.url}/events") as answer:
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                assert kind == "batch"
                yield json.loads(line.removeprefix("data: "))


def test_the_stream_begins_with_the_present_state_and_tells_every_change(company: Company) -> None:
    review = company.rows(*(company.person(f"p{n}") for n in range(20)))
    stream = events(company, review)
    first = next(stream)
    assert first == review.batch
    assert review.do("confirm", {"review": 1}).status_code == 202
    seen = [first]
    for batch in stream:
        seen.append(batch)
        if batch["status"] == "completed":
            break
    statuses = [each["status"] for each in seen]
    assert statuses == sorted(statuses, key=["ready_for_review", "processing", "completed"].index)
    sent = [each["progress"]["emails_sent"] for each in seen]
    assert sent == sorted(sent) and sent[-1] == 20
    assert next(events(company, review)) == review.look().batch


def test_a_quiet_stream_gives_a_sign_of_life(company: Company) -> None:
    review = company.rows(company.person("ann"))
    with company.http.stream("GET", f"{review.url}/events") as answer:
        assert any(line.startswith(":") for line in answer.iter_lines())


def test_a_stream_of_what_can_change_no_more_ends(company: Company) -> None:
    review = company.rows(company.person("ann"))
    review.do("cancel").raise_for_status()
    assert [each["status"] for each in events(company, review)] == ["cancelled"]


NASTY = "<img src=x onerror=alert(1)>\"'&"


def test_what_people_wrote_is_text_in_every_answer(company: Company) -> None:
    people = grid(company.person("ann", First_Name=NASTY, Functional_Area=NASTY) | {NASTY: "x"})
    review = company.review(people, "<script>alert(1)</script>'&.xlsx")
    assert review.batch["file_name"] == "script>'&.xlsx", "what stands before the last slash is a folder"
    assert review.row()["values"]["first_name"] == NASTY
    assert NASTY in review.batch["warnings"][0]["message"]
    for path in ("", "/rows"):
        answer: httpx.Response = company.http.get(review.url + path)
        assert answer.headers["content-type"] == "application/json"


def test_headers_of_characters_that_no_database_takes_are_warned_of_like_others(company: Company) -> None:
    headers = ("A_x0000_B", "C_xD800_", "D_x0007_\u202e")
    review = company.review(cells(company.person("ann") | dict.fromkeys(headers, "x")))
    assert (review.status, review.warnings()) == ("ready_for_review", ["unknown_column"] * 3)
    assert "AB" in review.batch["warnings"][0]["message"]


def test_the_plan_of_a_company_that_nobody_provisioned_is_none(new_company: NewCompany) -> None:
    company = new_company()
    stranger = company.stack.token("0" * 8 + "-0000-4000-8000-" + "0" * 12, "x@y.example", "manage_users")
    answer = company.http.get("/api/v1/batches", headers={"Authorization": f"Bearer {stranger}"})
    problem(answer, 403, "plan_required")
