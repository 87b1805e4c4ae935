"""Who a row is about: addresses, duplicates, other companies, Inactive users, suggestions."""

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company


def test_all_errors_of_a_row_are_said_at_once(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level", "required": True}])
    review = company.rows(
        {"Email": None, "Title": "x" * 151, "Region": "Atlantis", "Reports To": "nobody"},
        {"Email": company.email("ann"), "First Name": " "},
    )
    assert review.errors() == {
        2: {
            "Email": "email_required", "First Name": "first_name_required", "Last Name": "last_name_required",
            "Functional Area": "functional_area_required", "Title": "too_long", "Region": "region_unknown",
            "Reports To": "reports_to_invalid", "Level": "custom_field_required",
        },
        3: {
            "First Name": "first_name_required", "Last Name": "last_name_required",
            "Functional Area": "functional_area_required", "Level": "custom_field_required",
        },
    }  # fmt: skip
    assert (review.status, review.batch["counts"]["error"]) == ("needs_correction", 2)


NO_ADDRESSES = (
    "nobody", "a@b", "a b@c.example", '"quoted local"@c.example', '"ann"@c.example', "jürgen@c.example", "a@@c.example",
    "a.@c.example", ".a@c.example", "a..b@c.example", "a@-c.example", "a@c..example", "a@", "@c.example",
    "a@[127.0.0.1]", "a@c.example, b@c.example", "Ann <ann@c.example>", f"a@{'x' * 64}.example", "12", "ann",
)  # fmt: skip


def test_what_is_no_plain_address_is_no_e_mail_and_no_manager(company: Company) -> None:
    people = [company.person("ann", Email=bad) for bad in NO_ADDRESSES]
    people += [company.person(f"p{n}", Reports_To=bad) for n, bad in enumerate(NO_ADDRESSES)]
    review = company.rows(*people)
    count = len(NO_ADDRESSES)
    assert [*review.errors().values()] == [{"Email": "email_invalid"}] * count + [
        {"Reports To": "reports_to_invalid"}
    ] * count
    assert [row["errors"][0]["value"] for row in review.rows().values()] == [*NO_ADDRESSES, *NO_ADDRESSES]


def test_addresses_are_compared_without_case_and_in_the_ascii_form_of_their_domain(company: Company) -> None:
    review = company.rows(
        company.person("a", Email="ann@Bücher.example"),
        company.person("b", Email="ANN@xn--bcher-kva.example"),
        company.person("c", Email="Ann@bu\u0308cher.EXAMPLE"),
        company.person("d", Email="ann@bücher\u3002example"),
    )
    assert [set(each.values()) for each in review.errors().values()] == [{"email_duplicate"}] * 4
    said = review.row(2)["errors"][0]["message"]
    assert all(number in said for number in ("3", "4", "5")), said


def test_a_duplicate_names_the_other_row_and_each_row_says_it(company: Company) -> None:
    review = company.rows(company.person("ann"), company.person("bob"), company.person("ANN"))
    assert review.errors() == {2: {"Email": "email_duplicate"}, 4: {"Email": "email_duplicate"}}
    assert "row 4" in review.row(2)["errors"][0]["message"]
    assert "row 2" in review.row(4)["errors"][0]["message"]


def test_with_sso_domains_a_new_user_s_domain_must_be_one_of_them(new_company: NewCompany) -> None:
    company = new_company(sso_domains=["northwind.example", "bücher.example"])
    review = company.rows(
        company.person("a", Email="ann@northwind.example"),
        company.person("b", Email="bob@xn--bcher-kva.example"),
        company.person("c", Email="cyd@NORTHWIND.Example"),
        company.person("d", Email="dan@elsewhere.example"),
        company.person("e", Email="eve@sub.northwind.example"),
        company.person("f", Email="fay@nortwind.example"),
    )
    assert review.errors() == {number: {"Email": "email_not_sso_domain"} for number in (5, 6, 7)}
    assert review.row(7)["errors"][0]["suggestion"] == "fay@northwind.example"
    assert "northwind.example" in review.row(5)["errors"][0]["message"]


def test_a_user_of_another_company_is_an_error_that_does_not_say_which(
    company: Company, new_company: NewCompany
) -> None:
    other = new_company(name="Fabrikam Secret Holding")
    active, invited = other.active("ann"), other.invite("bob")
    gone = other.inactive("cyd")
    review = company.rows(*(company.person("x", Email=email) for email in (active.upper(), invited, gone)))
    assert review.errors() == {n: {"Email": "email_in_other_company"} for n in (2, 3)}, "an Inactive user holds none"
    assert "Fabrikam" not in str(review.rows()) + str(review.batch)


def test_an_inactive_user_is_an_error_that_says_to_reactivate(company: Company) -> None:
    gone = company.inactive("ann", first_name="Ann", last_name="Lee")
    review = company.rows({"Email": gone, "Title": "AE"})
    assert review.errors() == {2: {"Email": "user_inactive"}}
    said = review.row()["errors"][0]["message"]
    assert "Ann Lee" in said and "Reactivate" in said
    company.act("reactivate", gone)
    assert review.do("revalidate").status_code == 202
    assert review.wait().row()["outcome"] == "change"


def test_waiting_users_can_be_changed(company: Company) -> None:
    waiting = company.invite("ann")
    row = company.rows({"Email": waiting.upper(), "Title": "AE"}).row()
    assert (row["outcome"], row["changes"]) == ("change", [{"field": "title", "from": None, "to": "AE"}])


def test_an_unknown_value_of_a_list_comes_with_what_was_probably_meant(company: Company) -> None:
    review = company.rows(
        company.person("ann", Functional_Area="Enginering", Region="EMAE"),
        company.person("bob", Functional_Area="Zoo", Region="Mars"),
    )
    assert review.errors() == {
        n: {"Functional Area": "functional_area_unknown", "Region": "region_unknown"} for n in (2, 3)
    }
    assert [e["suggestion"] for e in review.row(2)["errors"]] == ["Engineering", "EMEA"]
    assert [e["suggestion"] for e in review.row(3)["errors"]] == [None, None]
    assert "Engineering?" in review.row(2)["errors"][0]["message"]


def test_a_slip_in_a_well_known_domain_or_the_company_s_own_is_a_warning(new_company: NewCompany) -> None:
    company = new_company()
    own = company.domain
    review = company.rows(
        company.person("a", Email="ann@gmial.com"),
        company.person("b", Email="bob@outlok.com"),
        company.person("c", Email="cyd@gmail.com"),
        company.person("d", Email=f"dan@{own[:-2]}{own[-1]}{own[-2]}"),
        company.person("e", Email="eve@something-else.org"),
    )
    assert review.status == "ready_for_review"
    warned = {
        n: [(w["code"], w["suggestion"]) for w in row["warnings"]]
        for n, row in review.rows().items()
        if row["warnings"]
    }
    typo = "possible_typo"
    assert warned == {2: [(typo, "ann@gmail.com")], 3: [(typo, "bob@outlook.com")], 5: [(typo, f"dan@{own}")]}
    assert review.batch["counts"]["warning"] == 3
    assert [row["row"] for row in review.page(outcome="warning")["items"]] == [2, 3, 5]


# --- Reports To


def test_a_manager_may_be_a_user_or_a_row_wherever_it_stands(company: Company) -> None:
    waiting = company.invite("wim")
    review = company.rows(
        company.person("ann", Reports_To=company.email("BOB")),
        company.person("bob", Reports_To=company.admin.upper()),
        company.person("cyd", Reports_To=waiting),
    )
    assert review.status == "ready_for_review"
    assert review.row(3)["values"]["reports_to"] == company.admin


def test_unknown_inactive_and_own_managers_are_errors(company: Company, new_company: NewCompany) -> None:
    gone, elsewhere = company.inactive("zed"), new_company().active("boss")
    review = company.rows(
        company.person("ann", Reports_To=company.email("ghost")),
        company.person("bob", Reports_To=gone),
        company.person("cyd", Reports_To=company.email("CYD")),
        company.person("dan", Reports_To=elsewhere),
        company.person("eve", Reports_To=company.email("admni")),
    )
    assert review.errors() == {
        2: {"Reports To": "reports_to_unknown"},
        3: {"Reports To": "reports_to_inactive"},
        4: {"Reports To": "reports_to_self"},
        5: {"Reports To": "reports_to_unknown"},
        6: {"Reports To": "reports_to_unknown"},
    }
    assert review.row(6)["errors"][0]["suggestion"] == company.admin


def test_a_circle_of_rows_is_said_on_every_row_of_it_and_on_no_other(company: Company) -> None:
    e = company.email
    review = company.rows(
        company.person("ann", Reports_To=e("bob")),
        company.person("bob", Reports_To=e("cyd")),
        company.person("cyd", Reports_To=e("ann")),
        company.person("dan", Reports_To=e("ann")),
    )
    assert review.errors() == {n: {"Reports To": "reports_to_cycle"} for n in (2, 3, 4)}
    said = review.row(2)["errors"][0]["message"]
    assert all(number in said for number in ("2", "3", "4")), said


def test_a_circle_through_users_whom_the_file_does_not_mention_is_found(company: Company) -> None:
    top = company.active("top")
    middle = company.active("middle", reports_to=top, first_name="Mia", last_name="Dell")
    low = company.active("low", reports_to=middle)
    review = company.rows({"Email": top, "Reports To": low}, company.person("new", Reports_To=low))
    assert review.errors() == {2: {"Reports To": "reports_to_cycle"}}
    assert "Mia Dell" in review.row(2)["errors"][0]["message"]


def test_a_circle_of_today_may_be_turned_round_by_the_file(company: Company) -> None:
    boss = company.active("boss")
    report = company.active("report", reports_to=boss)
    review = company.rows({"Email": boss, "Reports To": report}, {"Email": report, "Reports To": company.admin})
    assert (review.status, review.errors()) == ("ready_for_review", {})


def test_a_manager_that_is_itself_a_row_in_error_is_a_row_of_the_file_still(company: Company) -> None:
    review = company.rows(
        company.person("ann", First_Name=None), company.person("bob", Reports_To=company.email("ann"))
    )
    assert review.errors() == {2: {"First Name": "first_name_required"}}
