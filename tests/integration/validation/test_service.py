"""Uploads in, verdicts out: what licensing has said is known, what is wrong is marked, a run has one verdict."""

import io
from uuid import uuid4

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet
from uuid_utils.compat import uuid7

import usher_contracts as contracts
from services.validation.formats.annotating.styles import COLOR
from shared.people.model import CompanySettings, CustomField
from shared.people.template import template
from tests.integration.validation.world import MARTA, Company, World, book


def codes(row: contracts.Row) -> list[str]:
    return [error.code for error in row.errors]


def test_a_good_file_is_validated(world: World, company: Company) -> None:
    carl = company.invited("carl")
    rows = [
        company.person("ann"),
        company.person("bob", boss="ann"),
        [company.address("CARL"), None, None, None, "CFO"],
    ]
    verdict = company.judged(book(*rows))
    assert isinstance(verdict, contracts.BatchValidated)
    assert verdict.counts.model_dump() == {
        "rows": 3,
        "invite": 2,
        "change": 1,
        "unchanged": 0,
        "error": 0,
        "warning": 0,
    }
    assert verdict.seats == contracts.Seats(purchased=20, occupied=3, available=17, required=2)
    assert (verdict.review, verdict.run, verdict.warnings) == (1, 1, ())
    judged = world.rows(verdict)
    assert [judged[n].outcome for n in (2, 3, 4)] == ["invite", "invite", "change"]
    assert judged[4].changes == (contracts.FieldChange(field="title", from_="AE", to="CFO"),)
    assert judged[4].presumes == contracts.Presumption(user_id=carl, version=1)


def test_errors_come_back_in_words_and_in_the_workbook(world: World, company: Company) -> None:
    zed = company.invited("zed")
    company.deactivated(zed, "zed")
    changed = [company.address("zed"), "Zed", "Other", "Sales", "AE", None]
    rows = [company.person("ann"), changed, company.person("ANN"), company.person("cyd", boss="ghost")]
    verdict = company.judged(book(*rows, head=("Email", "First Name", "Last Name", "Department", "Note", "Manager")))
    assert isinstance(verdict, contracts.BatchRejected)
    assert (verdict.counts.error, verdict.counts.rows, verdict.file_errors) == (4, 4, ())
    assert [warning.code for warning in verdict.warnings] == ["unknown_column"]
    judged = world.rows(verdict)
    assert [codes(judged[n]) for n in (2, 3, 4, 5)] == [
        ["email_duplicate"],
        ["user_inactive"],
        ["email_duplicate"],
        ["reports_to_unknown"],
    ]
    sheet = world.annotated(verdict)
    assert sheet["G1"].value == "Errors"
    for number, row in judged.items():
        assert row.errors[0].message in str(sheet.cell(number, 7).value)
    assert sheet["A3"].comment is not None and sheet["F5"].comment is not None


def test_what_licensing_said_before_the_upload_is_known_to_it(world: World, company: Company) -> None:
    for n in range(12):
        company.invited(f"late{n}")
        company.occupied += 1
        company.seats()
        verdict = company.judged(book([company.address(f"late{n}")]))
        assert isinstance(verdict, contracts.BatchValidated)
        assert (verdict.counts.unchanged, verdict.seats.occupied) == (1, company.occupied)


def test_an_address_of_another_company_is_refused_until_it_is_inactive_there(world: World, company: Company) -> None:
    other = world.company()
    user = other.invited("eve", email=company.address("eve"))
    data = book(company.person("eve"))
    assert codes(world.rows(company.judged(data))[2]) == ["email_in_other_company"]
    other.deactivated(user, "eve")
    assert world.rows(company.judged(data))[2].outcome == "invite"


def test_circles_are_found_through_users_whom_the_file_does_not_mention(world: World, company: Company) -> None:
    ann = company.invited("ann")
    bob = company.invited("bob", boss=ann)
    company.invited("cyd", boss=bob)
    verdict = company.judged(book([company.address("ann"), None, None, None, None, company.address("cyd")]))
    [row] = world.rows(verdict).values()
    assert codes(row) == ["reports_to_cycle"] and "Cyd Lee and Bob Lee" in row.errors[0].message


def test_a_mistyped_manager_is_suggested_from_the_directory(world: World, company: Company) -> None:
    company.invited("callum.reid")
    [row] = world.rows(company.judged(book(company.person("ann", boss="callum.read")))).values()
    assert row.errors[0].suggestion == company.address("callum.reid")


def test_too_few_licenses_and_checked_again_after_more_were_bought(world: World) -> None:
    company = world.company(purchased=4, occupied=3)
    uploaded = company.uploaded(book(company.person("ann"), company.person("bob")))
    first = world.verdict(uploaded.batch_id)
    assert isinstance(first, contracts.BatchRejected)
    [error] = first.file_errors
    assert (error.code, error.requested, error.available, first.counts.error) == ("licenses_exceeded", 2, 1, 0)
    sheet = world.annotated(first)
    assert all("needs 2 licenses" in str(sheet.cell(n, 7).value) for n in (2, 3))
    assert all(COLOR in repr(sheet.cell(n, column).fill) for n in (2, 3) for column in range(1, 7))
    assert all("needs 2 licenses" in str(sheet.cell(n, 1).comment) for n in (2, 3))
    company.purchased = 5
    company.told()
    world.say(
        contracts.BatchRevalidationRequested(
            company_id=company.id, batch_id=uploaded.batch_id, run=2, requested_by=MARTA, file=uploaded.file
        )
    )
    second = world.verdict(uploaded.batch_id, 2)
    assert isinstance(second, contracts.BatchValidated)
    assert (second.review, second.run, [w.code for w in second.warnings]) == (2, 2, ["last_license"])


def test_a_stale_review_is_validated_anew(world: World, company: Company) -> None:
    uploaded = company.uploaded(book(company.person("ann")))
    assert world.verdict(uploaded.batch_id).counts.invite == 1
    company.invited("ann")
    world.say(
        contracts.LicenseReservationRejected(
            company_id=company.id, batch_id=uploaded.batch_id, reason="stale_review", requested=1, available=17
        )
    )
    again = world.verdict(uploaded.batch_id, 2)
    assert isinstance(again, contracts.BatchValidated) and (again.review, again.counts.unchanged) == (2, 1)


def test_a_redelivered_upload_has_one_verdict(world: World, company: Company) -> None:
    uploaded = company.uploaded(book(company.person("ann")))
    world.verdict(uploaded.batch_id)
    for event_id in (str(uuid7()), str(uuid7())):
        world.say(uploaded, event_id)
    following = company.uploaded(book(company.person("bob")))
    world.verdict(following.batch_id)
    assert len(world.heard[uploaded.batch_id]) == 1


def test_a_cancelled_batch_is_not_validated_again(world: World, company: Company) -> None:
    uploaded = company.uploaded(book(company.person("ann")))
    world.verdict(uploaded.batch_id)
    world.say(contracts.BatchCancelled(company_id=company.id, batch_id=uploaded.batch_id, cancelled_by=MARTA))
    world.say(
        contracts.BatchRevalidationRequested(
            company_id=company.id, batch_id=uploaded.batch_id, run=2, requested_by=MARTA, file=uploaded.file
        )
    )
    world.verdict(company.uploaded(book(company.person("bob"))).batch_id)
    assert len(world.heard[uploaded.batch_id]) == 1


SETTINGS = CompanySettings("Northwind", (), ("Sales",), ("EMEA",), (CustomField("Level", True, ("IC", "Lead")),))
NO_EMAIL = book(["a", "b"], head=("Name", "Phone"))
TWICE = book(["a@x.example", "b@x.example"], head=("Email", "E-mail"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (template(SETTINGS), "empty"),
        (book(), "empty"),
        (book(["", " "]), "empty"),
        (b"PK\x03\x04" + b"nothing" * 40, "corrupt"),
        (book(["a@x.example"])[:-900], "corrupt"),
        (NO_EMAIL, "email_column_missing"),
        (TWICE, "duplicate_column"),
    ],
    ids=["template", "header only", "blanks", "garbage", "cut off", "no Email", "two Emails"],
)
def test_what_is_wrong_with_the_file_as_a_whole(company: Company, data: bytes, code: str) -> None:
    verdict = company.judged(data)
    assert isinstance(verdict, contracts.BatchRejected)
    assert [error.code for error in verdict.file_errors] == [code]
    assert len(verdict.file_errors[0].message) > 15
    assert (verdict.rows, verdict.annotated, verdict.counts.error) == (None, None, 0)


def test_the_filled_in_template_is_understood(world: World, company: Company) -> None:
    company.told(
        regions=("EMEA",), custom_fields=(contracts.CustomField(name="Level", required=True, values=("IC", "Lead")),)
    )
    filled = openpyxl.load_workbook(io.BytesIO(template(SETTINGS)))
    sheet = filled["People"]
    for column, value in enumerate([company.address("ann"), "Ann", "Lee", "Sales", "AE", "EMEA", None, "lead"], 1):
        sheet.cell(2, column, value)
    out = io.BytesIO()
    filled.save(out)
    verdict = company.judged(out.getvalue())
    assert isinstance(verdict, contracts.BatchValidated) and verdict.warnings == ()
    [row] = world.rows(verdict).values()
    assert row.values.custom_fields == {"Level": "Lead"}


def test_who_was_never_introduced_holds_up_nobody_else(world: World, company: Company) -> None:
    changed = contracts.UserChanged(company_id=company.id, user_id=str(uuid4()), email="x@x.example", changes=())
    world.say(changed)
    company.invited("ann")
    assert company.judged(book([company.address("ann")])).counts.unchanged == 1


def test_it_says_how_it_is(world: World, company: Company) -> None:
    company.judged(book(company.person("ann")))
    assert world.http.get("/livez").status_code == world.http.get("/readyz").status_code == 200
    assert 'usher_jobs_done_total{kind="validate"}' in world.http.get("/metrics").text


def test_files_tell_of_so_many_people_of_other_companies_in_a_day_and_then_of_nobody(
    world: World, company: Company
) -> None:
    other, own = world.company(), company.invited("own")
    for local in ("ann", "bob", "cyd", "dan", "eve"):
        other.invited(local, email=company.address(local))
    many = book(*(company.person(local) for local in ("ann", "bob", "cyd", "dan", "free")))
    for _ in range(2):
        verdict = company.judged(many)
        assert isinstance(verdict, contracts.BatchRejected)
        rows = world.rows(verdict)
        assert [codes(rows[n]) for n in (2, 3, 4)] == [["email_in_other_company"]] * 3, "again, it costs nothing"
        assert rows[5].outcome == rows[6].outcome == "invite", "which of them is taken is not told"
        assert [error.code for error in verdict.file_errors] == ["addresses_withheld"]
    for locals_ in (("eve",), ("free",), ("ann", "free")):
        verdict = company.judged(book(*(company.person(local) for local in locals_)))
        assert isinstance(verdict, contracts.BatchRejected)
        assert [error.code for error in verdict.file_errors] == ["addresses_withheld"], "taken or free: all alike"
        assert world.rows(verdict)[len(locals_) + 1].outcome == "invite"
    told = company.judged(book(company.person("bob")))
    assert isinstance(told, contracts.BatchRejected) and not told.file_errors
    changed = company.judged(book(company.person("own", title="Senior AE")))
    assert isinstance(changed, contracts.BatchValidated) and changed.counts.change == 1, own
    assert isinstance(other.judged(book(other.person("new"))), contracts.BatchValidated), "each company has its own"


def test_where_there_can_be_no_marked_copy_a_warning_says_why(world: World, company: Company) -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(book(["nobody", "Ann", "Lee", "Sales"])))
    sheet = workbook.worksheets[0]
    assert isinstance(sheet, Worksheet)
    last = sheet.max_column
    sheet.cell(1, last + 1, "Errors")
    sheet.cell(1, last + 2, "Checked")
    over = f"{get_column_letter(last + 1)}2:{get_column_letter(last + 2)}2"
    sheet[over.split(":")[0]] = ArrayFormula(over, "=A2")
    out = io.BytesIO()
    workbook.save(out)

    verdict = company.judged(out.getvalue())

    assert isinstance(verdict, contracts.BatchRejected) and verdict.annotated is None and verdict.rows
    said = [warning.message for warning in verdict.warnings if warning.code == "not_annotated"]
    assert len(said) == 1 and "other columns share the formulas of its Errors column" in said[0]
