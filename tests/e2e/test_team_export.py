"""An export: filtered and sorted as the list, harmless, and uploaded again it changes nothing."""

import csv
import io
import re
from typing import Any

import httpx
import openpyxl

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, problem
from tests.e2e.team import Team

HOSTILE = ("=1+1", "+49 30", "-5", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "0042", "_x0041_", "#N/A", "TRUE", "<&>'\"",
           "1,5;2", "Zoë 👩‍👧", "2026-01-02", "  in  side  ", "=cmd|' /C calc'!A0", "\u05d0\u05d1",
           "a_x000d_b")  # fmt: skip
FIELDS = [{"name": "=Note"}, {"name": "Cost, Center"}, {"name": "Level", "required": True, "values": ["=IC", "Lead"]}]


def company_with_everything(new_company: NewCompany) -> Team:
    company = new_company(custom_fields=[], purchased_licenses=100)
    team = Team(company)
    outside = team.person("active", "outside", functional_area="Finance", region="EMEA")
    company.provision(custom_fields=FIELDS, sso_domains=["acme.example"], functional_areas=["Sales"], regions=["APAC"])
    company.provision(sso_domains=[])
    for n, text in enumerate(HOSTILE):
        own = {"=Note": text, "Cost, Center": text[::-1], "Level": "=IC" if n % 2 else "Lead"}
        status = ("active", "waiting", "pending_transfer")[n % 3]
        team.person(
            status, f"h{n}", first_name=text, last_name=text, title=text, reports_to=outside["email"], custom_fields=own
        )
    team.person("inactive", "gone", custom_fields={"Level": "Lead"})
    company.provision(sso_domains=["acme.example"])
    return team


def export(team: Team, ending: str = "xlsx", **query: Any) -> httpx.Response:
    answer = team.http.get(f"/api/v1/team/export.{ending}", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-team-')
    assert answer.headers["Content-Disposition"].endswith(f'.{ending}"')
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    return answer


def sheet(answer: httpx.Response) -> list[list[str | None]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}, "texts alone, no formula among them"
    assert all(cell.quotePrefix for cell in cells if cell.row > 1 and str(cell.value)[0] in "=+-@")
    return [[None if cell is None else str(cell) for cell in row] for row in book.worksheets[0].values]


def comma(answer: httpx.Response) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel needs it"
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_uploaded_again_it_says_that_nothing_changes(new_company: NewCompany) -> None:
    team = company_with_everything(new_company)
    for query in ({}, {"sort": "-custom.Level,email"}, {"status": "active", "q": "h"}):
        answer = export(team, **query)
        review = team.company.review(answer.content, "my-team.xlsx")
        listed = team.http.get("/api/v1/team", params=query).json()
        assert (review.status, review.errors(), review.file_errors()) == ("ready_for_review", {}, []), query
        counts = review.batch["counts"]
        inactive = 0 if "status" in query else 1
        assert (counts["unchanged"], counts["rows"], counts["warning"]) == (listed["total"],) * 2 + (inactive,)
        warned = [w["code"] for row in review.rows().values() for w in row["warnings"]]
        assert warned == ["inactive_unchanged"] * inactive
        assert review.warnings() in ([], ["same_file_again"])


def test_a_csv_saved_as_a_workbook_changes_nothing_either(new_company: NewCompany) -> None:
    team = company_with_everything(new_company)
    book = openpyxl.Workbook(write_only=True)
    people = book.create_sheet()
    for row in comma(export(team, "csv")):
        assert not any(text[:1] in ("=", "+", "-", "@", "#") for text in row), row
        people.append([re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text) for text in row])  # as Excel saves it
    out = io.BytesIO()
    book.save(out)
    review = team.company.review(out.getvalue())
    assert (review.status, review.errors()) == ("ready_for_review", {})
    assert review.batch["counts"]["unchanged"] == review.batch["counts"]["rows"] == len(HOSTILE) + 3


def test_it_is_the_list_as_filtered_and_sorted_with_the_columns_chosen(new_company: NewCompany) -> None:
    team = company_with_everything(new_company)
    query = {"sort": "-email", "status": "waiting", "reports_to": team.company.email("outside")}
    wanted = [user["email"] for user in team.listed(**query)]
    for rows in (sheet(export(team, **query)), comma(export(team, "csv", **query))):
        assert [row[0] for row in rows[1:]] == wanted and len(wanted) > 3
        assert [str(name).lstrip("\u200b") for name in rows[0]] == [
            "Email", "First Name", "Last Name", "Functional Area", "Title", "Region", "Reports To", "=Note",
            "Cost, Center", "Level",
        ]  # fmt: skip
    chosen = comma(export(team, "csv", columns="custom.Cost, Center,status,title,invitation,invited_at"))
    assert chosen[0] == ["Email", "Cost, Center", "Status", "Title", "Invitation", "Invited At"]
    assert {row[2] for row in chosen[1:]} == {"Waiting", "Pending Transfer", "Active", "Inactive"}
    gone = comma(export(team, "csv", status="inactive", columns="status,email"))
    assert gone == [["Status", "Email"], ["Inactive", team.company.email("gone")]]
    for query, code in (
        ({"columns": "salary"}, "column_unknown"),
        ({"sort": "salary"}, "sort_unknown"),
        ({"status": "x"}, "status_unknown"),
    ):
        problem(team.http.get("/api/v1/team/export.xlsx", params=query), 422, code)
    assert sheet(export(team, q="nobody at all")) == [sheet(export(team))[0]]


def test_a_manager_exports_those_whom_they_see(company: Company) -> None:
    team = Team(company)
    boss = team.person("active", "boss")
    team.person("waiting", "low", reports_to=boss["email"])
    token = company.stack.token(company.id, boss["email"])
    mine = team.anybody.get("/api/v1/team/export.csv", headers={"Authorization": f"Bearer {token}"})
    assert [row[0] for row in comma(mine)] == ["Email", company.email("low")]
    nobody = company.stack.token(company.id, company.email("low"))
    problem(
        team.anybody.get("/api/v1/team/export.xlsx", headers={"Authorization": f"Bearer {nobody}"}), 403, "forbidden"
    )
    problem(team.anybody.get("/api/v1/team/export.xlsx"), 401, "unauthorized")
