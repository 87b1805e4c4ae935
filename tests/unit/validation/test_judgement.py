"""What each row means: a table of codes, outcomes and changes, and the file as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.validation.domain.validation.directory_facts import Licenses
from services.validation.domain.validation.judgement import Change, JudgedRow, Presumed
from services.validation.domain.validation.values import Seats
from services.validation.formats.row_records import labels, record
from shared.people.model import CUSTOM, CompanySettings, CustomField, Finding, Person
from shared.people.statuses import Status
from tests.unit.validation.sheets import HEAD, address, change, codes, facts, judged, new, reading, user
from usher_contracts import Row

BOSS = user("boss")
SSO = CompanySettings("Northwind Trading", ("northwind.example",))


def only(*cells: str) -> JudgedRow:
    """The judgement on a file of one row, in a company with one Active user and one Inactive."""
    [row] = judged(reading(cells), facts(BOSS, user("zed", status="inactive"), elsewhere=["eve"])).rows
    return row


def found(row: JudgedRow) -> list[tuple[str, str | None]]:
    return [(error.code, error.column) for error in row.errors]


@pytest.mark.parametrize(
    ("cells", "code", "column"),
    [
        (["", "Ann", "Lee", "Sales"], "email_required", "Email"),
        (["wim at nowhere", "Ann", "Lee", "Sales"], "email_invalid", "Email"),
        ([address("zed"), "Zoe"], "user_inactive", "Email"),
        ([address("EVE"), "Eve", "Lee", "Sales"], "email_in_other_company", "Email"),
        ([address("ann"), "", "Lee", "Sales"], "first_name_required", "First Name"),
        ([address("ann"), "Ann", "\u00a0", "Sales"], "last_name_required", "Last Name"),
        ([address("ann"), "Ann", "Lee"], "functional_area_required", "Functional Area"),
        ([address("ann"), "Ann", "Lee", "Enginering"], "functional_area_unknown", "Functional Area"),
        (new("ann", "AE", "Mars"), "region_unknown", "Region"),
        (new("ann", "x" * 151), "too_long", "Title"),
        (new("ann", "a\x07b"), "illegal_characters", "Title"),
        (new("ann", "", "", "boss"), "reports_to_invalid", "Reports To"),
        (new("ann", "", "", address("ghost")), "reports_to_unknown", "Reports To"),
        (new("ann", "", "", address("ANN")), "reports_to_self", "Reports To"),
        (new("ann", "", "", address("zed")), "reports_to_inactive", "Reports To"),
        (new("ann", "", "", "", "", "Boss"), "custom_field_unknown_value", "Level"),
        (new("ann", "", "", "", "x" * 501), "too_long", "Cost Center"),
    ],
)
def test_one_code_each(cells: Sequence[str], code: str, column: str) -> None:
    row = only(*cells)
    assert found(row) == [(code, column)]
    assert row.outcome == "error" and len(row.errors[0].message) > 15


@pytest.mark.parametrize("cells", [[address("BOSS"), "", "", "Enginering"], [address("boss"), "", "", "", "", "Mars"]])
def test_a_wrong_row_says_which_user_it_is_about(cells: Sequence[str]) -> None:
    row = only(*cells)
    assert row.outcome == "error" and row.presumes == Presumed("boss", BOSS.version, None, None)
    assert Row.model_validate_json(orjson.dumps(record(row))).presumes


def test_a_wrong_row_of_somebody_new_presumes_nothing() -> None:
    assert only(*new("ann", "AE", "Mars")).presumes is None


@pytest.mark.parametrize(
    "cells",
    [
        [address("ZED")],
        [address("zed"), "Zed", "Lee", "sales", "AE", "emea"],
        [address("zed"), "Zed", "", "", "", "", address("boss"), "0042"],
    ],
)
def test_an_inactive_user_of_whom_nothing_changes_is_a_warning(cells: Sequence[str]) -> None:
    zed = user("zed", "boss", "inactive", custom_fields={"Cost Center": "0042"})  # pyright: ignore[reportArgumentType]
    result = judged(reading(cells), facts(BOSS, zed))
    [row] = result.rows
    assert (row.outcome, row.errors, row.changes) == ("unchanged", (), ())
    assert [(w.code, w.column) for w in row.warnings] == [("inactive_unchanged", "Email")]
    assert row.presumes is not None and row.presumes.user_id == "zed"
    assert (result.passed, result.counts.unchanged, result.counts.warning, result.seats.required) == (True, 1, 1, 0)


@pytest.mark.parametrize(
    ("cells", "others"),
    [
        ([address("zed"), "", "", "", "Chief"], set[str]()),
        ([address("zed"), "", "", "", "", "", address("boss")], set[str]()),
        ([address("zed"), "", "", "", "", "Mars"], {"region_unknown"}),
        ([address("zed"), "", "", "", "", "", address("zed")], {"reports_to_self"}),
        ([address("zed"), "", "", "", "", "", "", "", "Boss"], {"custom_field_unknown_value"}),
    ],
)
def test_an_inactive_user_whom_a_row_would_change_is_an_error(cells: Sequence[str], others: set[str]) -> None:
    row = only(*cells)
    assert (row.outcome, row.warnings) == ("error", ())
    assert {code for code, _ in found(row)} == {"user_inactive", *others}


def test_a_custom_field_that_is_required() -> None:
    company = CompanySettings("N", custom_fields=(CustomField("Level", True),))
    [ann, boss] = judged(reading(new("ann"), change("boss")), facts(BOSS), company).rows
    assert found(ann) == [("custom_field_required", "Level")]
    assert boss.outcome == "unchanged"


@pytest.mark.parametrize("fault", ["#N/A", ""])
@pytest.mark.parametrize("at", range(len(HEAD)))
def test_a_cell_without_a_value_is_an_error_of_its_own(at: int, fault: str) -> None:
    cells = new("ann", "AE", "EMEA", address("boss"), "7", "IC")
    cells[at] = ""
    [row] = judged(reading(cells, faults={2: {at: fault}}), facts(BOSS)).rows
    assert found(row) == [("cell_error", HEAD[at])]
    assert row.errors[0].value == (fault or None)


def test_one_row_says_all_its_errors_at_once() -> None:
    row = only("wim at nowhere", "", "x" * 101, "?", "y" * 151, "Mars", "boss", "z" * 501, "Boss")
    assert found(row) == [
        ("email_invalid", "Email"),
        ("first_name_required", "First Name"),
        ("too_long", "Last Name"),
        ("functional_area_unknown", "Functional Area"),
        ("too_long", "Title"),
        ("region_unknown", "Region"),
        ("too_long", "Cost Center"),
        ("custom_field_unknown_value", "Level"),
        ("reports_to_invalid", "Reports To"),
    ]


def test_duplicates_name_the_other_rows_and_keep_their_other_errors() -> None:
    rows = judged(reading(new("ann"), new("bob"), ["ANN@northwind.example", "", "Lee", "Sales"], new("ann"))).rows
    assert [codes(row) for row in rows] == [
        ["email_duplicate"],
        [],
        ["email_duplicate", "first_name_required"],
        ["email_duplicate"],
    ]
    assert "rows 4 and 5" in rows[0].errors[0].message and "rows 2 and 4" in rows[3].errors[0].message


def test_ten_thousand_equal_rows_are_told_apart_in_time() -> None:
    rows = judged(reading(*[new("ann")] * 10_000)).rows
    assert all(codes(row) == ["email_duplicate"] for row in rows)
    assert "9,994 more" in rows[0].errors[0].message and max(len(row.errors[0].message) for row in rows) < 200


def test_sso_domains_bind_new_users_and_not_those_who_are_there() -> None:
    old = user("old@elsewhere.example")
    rows = judged(reading(new("ann@northwnd.example"), change(old.email, title="CFO")), facts(old), SSO).rows
    assert [codes(row) for row in rows] == [["email_not_sso_domain"], []]
    assert rows[0].errors[0].suggestion == "ann@northwind.example"


def test_another_company_is_not_told() -> None:
    [error] = only(*new("eve")).errors
    assert error.suggestion is None and error.value == "eve@northwind.example"


def test_a_wrong_address_that_means_a_user_asks_for_no_names() -> None:
    assert found(only("boss <boss@northwind.example>", "", "", "", "CFO")) == [("email_invalid", "Email")]


def test_a_good_new_row_is_an_invitation() -> None:
    row = only(*new("Ann", "AE", "emea", "BOSS@northwind.example", "0042", "ic"))
    assert (row.outcome, row.email) == ("invite", "Ann@northwind.example")
    assert row.values == {
        "first_name": "Ann",
        "last_name": "Lee",
        "functional_area": "Sales",
        "title": "AE",
        "region": "EMEA",
        "reports_to": "boss@northwind.example",
        "custom_fields.Cost Center": "0042",
        "custom_fields.Level": "IC",
    }
    assert row.presumes == Presumed(None, None, "boss", "active")


def test_a_change_says_each_field_before_and_after() -> None:
    carl = user("carl", boss="boss", status="waiting", title="AE", region="")
    cells = [address("CARL"), "", "", "engineering", "AE", "EMEA", address("ann"), "7"]
    [row, _] = judged(reading(cells, new("ann")), facts(BOSS, carl)).rows
    assert row.outcome == "change"
    assert row.changes == (
        Change("functional_area", "Sales", "Engineering"),
        Change("region", None, "EMEA"),
        Change("Cost Center", None, "7"),
        Change("reports_to", "boss@northwind.example", "ann@northwind.example"),
    )
    assert row.presumes == Presumed("carl", 4, None, None)


def test_what_is_said_again_or_left_blank_stays() -> None:
    carl = user("carl", boss="boss")
    said_again = [address("carl"), "Carl", "Lee", "sales", "AE", "EMEA", "BOSS@northwind.example"]
    for cells in (said_again, [address("carl")]):
        [row] = judged(reading(cells), facts(BOSS, carl)).rows
        assert (row.outcome, row.changes) == ("unchanged", ())
        assert row.presumes and row.presumes.user_id == "carl"


@pytest.mark.parametrize("status", ["waiting", "pending_transfer", "active"])
def test_everyone_who_is_not_inactive_can_be_changed(status: Status) -> None:
    [row] = judged(reading(change("carl", title="CFO")), facts(user("carl", status=status))).rows
    assert row.outcome == "change"


def test_a_manager_may_be_a_new_row_above_or_below() -> None:
    rows = judged(reading(new("ann", "", "", address("bob")), new("bob"), new("cyd", "", "", address("bob")))).rows
    assert [row.outcome for row in rows] == ["invite"] * 3
    assert rows[0].values["reports_to"] == "bob@northwind.example"


def test_a_manager_whose_row_has_errors_is_a_row_of_the_file_all_the_same() -> None:
    rows = judged(reading(new("ann", "", "", address("bob")), [address("bob"), "", "Ray", "Sales"])).rows
    assert [codes(row) for row in rows] == [[], ["first_name_required"]]


def test_an_unknown_manager_who_is_nearly_known_is_suggested() -> None:
    directory = facts(BOSS, suggest=["callum.reid@northwind.example", "boss@northwind.example"])
    cells = [new("ann", "", "", "callum.read@northwind.example"), new("bob", "", "", address("nobody.like.that"))]
    rows = judged(reading(*cells), directory).rows
    assert [row.errors[0].suggestion for row in rows] == ["callum.reid@northwind.example", None]


def test_a_slip_in_the_domain_of_somebody_new_is_a_warning() -> None:
    rows = judged(
        reading(new("ann@gmial.com"), new("bob@northwnd.example"), new("cyd"), change("boss@gmial.com")),
        facts(user("boss@gmial.com")),
        domains=["northwind.example"],
    ).rows
    assert [[(w.code, w.suggestion) for w in row.warnings] for row in rows] == [
        [("possible_typo", "ann@gmail.com")],
        [("possible_typo", "bob@northwind.example")],
        [],
        [],
    ]
    assert [row.outcome for row in rows] == ["invite", "invite", "invite", "unchanged"]


def test_counts_and_seats() -> None:
    result = judged(
        reading(new("ann"), new("bob@gmial.com"), change("boss", title="CEO"), change("boss2"), new("")),
        facts(BOSS, user("boss2"), licenses=Licenses(20, 3)),
    )
    assert asdict(result.counts) == {
        "rows": 5,
        "invite": 2,
        "change": 1,
        "unchanged": 1,
        "error": 1,
        "warning": 1,
    }
    assert result.seats == Seats(purchased=20, occupied=3, available=17, required=2)
    assert not result.passed


@pytest.mark.parametrize(
    ("licenses", "errors", "warnings"),
    [
        (Licenses(13, 10), [], []),
        (Licenses(12, 10), [], ["last_license"]),
        (Licenses(11, 10), ["licenses_exceeded"], []),
        (Licenses(10, 10), ["licenses_exceeded"], []),
        (Licenses(5, 10), ["licenses_exceeded"], []),
    ],
)
def test_two_new_users_beside_the_licenses(licenses: Licenses, errors: list[str], warnings: list[str]) -> None:
    result = judged(reading(new("ann"), new("bob")), facts(licenses=licenses))
    assert [error.code for error in result.errors] == errors
    assert [warning.code for warning in result.warnings] == warnings
    assert result.passed is not bool(errors)


def test_too_few_licenses_say_how_many_to_remove() -> None:
    [error] = judged(reading(*[new(f"u{n}") for n in range(5)]), facts(licenses=Licenses(13, 10))).errors
    assert error.message.startswith("The file needs 5 licenses and 3 are available. Remove 2 new users")
    assert (error.requested, error.available) == (5, 3)


def test_changes_fit_where_more_licenses_are_occupied_than_purchased() -> None:
    result = judged(reading(change("boss", title="CEO")), facts(BOSS, licenses=Licenses(1, 3)))
    assert result.passed and result.warnings == () and result.seats.available == 0


CELLS: Mapping[str, st.SearchStrategy[str]] = {
    "Email": st.sampled_from(["", "ann", *map(address, ("ann", "ANN", "boss", "zed", "eve", "cyd", "x y"))]),
    "Reports To": st.sampled_from(["", "boss", *map(address, ("ann", "boss", "zed", "cyd", "ghost"))]),
}
ANY_ROW = st.tuples(
    *(CELLS.get(name, st.sampled_from(["", "Ann", "sales", "EMEA", "x" * 600, "\x00", "IC"])) for name in HEAD)
)


@given(st.lists(ANY_ROW, max_size=8))
def test_whatever_stands_in_a_sheet_it_is_judged_and_can_be_read_back(rows: list[tuple[str, ...]]) -> None:
    result = judged(reading(*rows), facts(BOSS, user("zed", status="inactive"), elsewhere=["eve"]))
    counts = result.counts
    assert counts.rows == counts.invite + counts.change + counts.unchanged + counts.error == len(result.rows)
    assert result.seats.required == counts.invite
    for row in result.rows:
        sent = Row.model_validate_json(orjson.dumps(record(row)))
        assert bool(sent.errors) == (sent.outcome == "error")
        assert sent.presumes.user_id if sent.errors and sent.presumes else bool(sent.presumes) != bool(sent.errors)
        assert bool(sent.changes) == (sent.outcome == "change")
        assert len({error.code + str(error.column) for error in sent.errors}) == len(sent.errors)


LOCALS = ("ann", "bob", "cyd", "dan")
GOOD_ROW = st.tuples(
    st.sampled_from([*map(address, LOCALS), "ANN@Northwind.example"]),
    st.sampled_from(["Ann", " Zoe\u0308 "]),
    st.just("Lee"),
    st.sampled_from(["Sales", "finance"]),
    st.sampled_from(["", "AE"]),
    st.sampled_from(["", "emea"]),
    st.sampled_from(["", *map(address, (*LOCALS, "boss"))]),
    st.sampled_from(["", "0042"]),
    st.sampled_from(["", "ic"]),
)


@given(st.lists(GOOD_ROW, max_size=4))
def test_an_accepted_file_uploaded_again_after_it_was_done_changes_nothing(rows: list[tuple[str, ...]]) -> None:
    first = judged(reading(*rows), facts(BOSS))
    if first.passed:
        again = judged(reading(*rows), facts(BOSS, *map(became, first.rows)))
        assert again.passed and {row.outcome for row in again.rows} <= {"unchanged"}


def became(row: JudgedRow) -> Person:
    """The user whom licensing makes of a row."""
    own = {key.removeprefix(CUSTOM): value for key, value in row.values.items() if key.startswith(CUSTOM)}
    boss = row.values.get("reports_to", "").partition("@")[0].lower() or None
    plain = {key: row.values.get(key, "") for key in ("first_name", "last_name", "functional_area", "title", "region")}
    made = user(row.email.partition("@")[0].lower(), boss, "waiting", email=row.email, **plain)
    return replace(made, custom_fields=own)


def test_labels_by_which_a_row_is_found() -> None:
    row = only(*new("ann@gmial.com", "x" * 151))
    assert labels(row) == ["error", "warning", "code:possible_typo", "code:too_long", "column:Title"]
    assert labels(only(*new("ann"))) == ["invite"]


def test_a_row_as_it_travels() -> None:
    finding = Finding("possible_typo", "Email", "Did you mean …?", "ann@gmial.com", "ann@gmail.com")
    row = JudgedRow(
        7,
        "change",
        "ann@gmial.com",
        {"title": "AE", "custom_fields.Level": "IC"},
        (),
        (finding,),
        (Change("title", None, "AE"),),
        Presumed("u", 3, None, None),
    )
    sent = Row.model_validate(record(row))
    assert (sent.values.title, sent.values.custom_fields) == ("AE", {"Level": "IC"})
    assert (sent.changes[0].field, sent.changes[0].from_, sent.changes[0].to) == ("title", None, "AE")
    assert sent.presumes and sent.presumes.version == 3 and sent.warnings[0].suggestion == "ann@gmail.com"


@pytest.mark.parametrize(
    ("seen", "kept"),
    [("Human\u00a0Resources", "Human Resources"), ("HUMAN  RESOURCES", "Human Resources"), ("R\u2011&\u2011D", "R-&-D"),
     ("r–&–d", "R-&-D"), ("Men`s wear", "Men’s Wear"), ("Men's Wear", "Men’s Wear")],
)  # fmt: skip
def test_a_list_knows_its_values_with_any_kind_of_space_hyphen_and_apostrophe(seen: str, kept: str) -> None:
    company = CompanySettings("N", functional_areas=("Human Resources", "R-&-D", "Men’s Wear"))
    [row] = judged(reading([address("ann"), "Ann", "Lee", seen]), None, company).rows
    assert (row.outcome, row.values["functional_area"]) == ("invite", kept)


@pytest.mark.parametrize("seen", ["Co\u2011Lead\u00a0Sales", "Co\u2010Lead  Sales", "Co-Lead\u3000Sales"])
def test_a_change_that_nobody_would_see_is_none(seen: str) -> None:
    there = user("cyd", title="Co-Lead Sales")
    [row] = judged(reading(change("cyd", title=seen)), facts(there)).rows
    assert row.outcome == "unchanged"


def test_a_change_that_is_seen_is_one() -> None:
    there = user("cyd", title="Co-Lead  Sales")
    [row] = judged(reading(change("cyd", title="Co–Lead Sales")), facts(there)).rows
    assert row.changes == (Change("title", "Co-Lead  Sales", "Co–Lead Sales"),)
