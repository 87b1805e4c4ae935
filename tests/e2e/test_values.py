"""How the text of a cell is read, cleaned, compared and stored."""

from datetime import date, datetime, time
from typing import Any

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, codes
from tests.e2e.workbooks import HEAD, cells, changed, formatted

FORMULA_WITHOUT_RESULT = " ><f>1+1</f>"
SHOWN = [
    (42, "General", "42"),
    (42, "0000", "0042"),
    (0.125, "0.0%", "12.5%"),
    (0.5, "0%", "50%"),
    (1234.5, "#,##0.00", "1,234.50"),
    (0.1, "General", "0.1"),
    (12345678901, "General", "12345678901"),
    (-3, "0", "-3"),
    (True, "General", "TRUE"),
    (False, "General", "FALSE"),
    (date(2026, 3, 1), "yyyy-mm-dd", "2026-03-01"),
    (datetime(2026, 3, 1, 14, 30), "dd.mm.yyyy hh:mm", "01.03.2026 14:30"),
    (time(9, 5), "hh:mm", "09:05"),
    ("0042", "General", "0042"),
    ("0042", "@", "0042"),
]


def test_values_are_read_as_the_text_that_the_admin_sees(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Code"}])

    def fill(sheet: Any) -> None:
        for number, (value, form, _) in enumerate(SHOWN, 2):
            formatted(sheet.cell(number, 8), value, form)

    people = [company.person(f"p{n}", Code="x") for n in range(len(SHOWN))]
    found = company.review(changed(fill, *people)).rows()
    read = [found[number]["values"]["custom_fields"].get("Code") for number in range(2, len(SHOWN) + 2)]
    assert read == [text for *_, text in SHOWN]


def test_a_formula_counts_with_its_stored_result(company: Company) -> None:
    title = ' t="str"><f>A1&amp;B1</f><v>Head of Sales</v>'
    number = ' s="0"><f>40+2</f><v>42</v>'
    truth = ' t="b"><f>1=1</f><v>1</v>'
    blank = ' t="str"><f>""</f><v></v>'
    people = [company.person(f"p{n}", Title=text) for n, text in enumerate((title, number, truth, blank))]
    found = company.review(cells(*people)).rows()
    assert [found[n]["values"]["title"] for n in range(2, 6)] == ["Head of Sales", "42", "TRUE", None]


def test_an_error_value_is_a_cell_error_that_shows_it(company: Company) -> None:
    shown = ("#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!")
    people = [company.person(f"p{n}", Title=f' t="e"><v>{value}</v>') for n, value in enumerate(shown)]
    review = company.review(cells(*people, company.person("bob", Email=' t="e"><v>#N/A</v>')))
    errors = [row["errors"][0] for row in review.rows().values()]
    assert [(e["column"], e["code"], e["value"]) for e in errors] == [
        *(("Title", "cell_error", value) for value in shown),
        ("Email", "cell_error", "#N/A"),
    ]
    assert all(e["value"] in e["message"] for e in errors)


def test_a_formula_without_a_stored_result_is_a_cell_error_in_every_column(company: Company) -> None:
    row: dict[str, str] = dict.fromkeys(HEAD, FORMULA_WITHOUT_RESULT)
    review = company.review(cells(row))
    assert set(review.errors()[2].values()) == {"cell_error"} and len(review.errors()[2]) == 7


def test_space_of_any_kind_around_a_value_is_taken_off(company: Company) -> None:
    spaces = [" ", "\u00a0", "\u2003", "\u3000", "\t", "\u200b", "\ufeff", "\u2060", "\u00ad", "\n", "\u200e", "\u2028"]
    good = [company.person(f"p{n}", Title="AE", Reports_To=company.admin) for n in range(len(spaces))]
    review = company.rows(
        *(
            {name: f"{space}{value}{space}{space}" for name, value in row.items()}
            for space, row in zip(spaces, good, strict=True)
        )
    )
    assert review.errors() == {}
    assert [row["email"] for row in review.rows().values()] == [row["Email"] for row in good]
    wanted: Json = {
        "first_name": "Ada",
        "last_name": "Moss",
        "functional_area": "Sales",
        "title": "AE",
        "region": None,
        "reports_to": company.admin,
        "custom_fields": {},
    }
    assert [row["values"] for row in review.rows().values()] == [wanted] * len(spaces)


def test_a_mailto_is_taken_off_and_breaks_inside_become_one_space(company: Company) -> None:
    review = company.rows(
        company.person("ann", Email=f"MailTo:{company.email('ann')}", Title="Head\r\nof\tSales\n\n and more"),
        company.person("bob", Reports_To=f"mailto: {company.admin} "),
    )
    assert review.errors() == {}
    assert review.row()["email"] == company.email("ann")
    assert review.row()["values"]["title"] == "Head of Sales and more"
    assert review.row(3)["values"]["reports_to"] == company.admin


def test_control_characters_and_bidirectional_overrides_are_illegal(company: Company) -> None:
    bad = ["A_x0007_B", "A\u202eB", "A\u2066B", "_x0000_", "A_x001B_[31m", "a\u009fb", "_xD83D_"]
    people = [company.person(f"p{n}", First_Name=text, Title=text) for n, text in enumerate(bad)]
    review = company.review(
        cells(*people, company.person("a_x0007_b"), company.person("z", Reports_To="a\u202eb@c.example"))
    )
    illegal = "illegal_characters"
    assert [*review.errors().values()] == [
        *([{"First Name": illegal, "Title": illegal}] * len(bad)),
        {"Email": illegal},
        {"Reports To": illegal},
    ]


def test_any_script_and_emoji_are_fine_in_names_and_come_back_as_they_were(company: Company) -> None:
    names = [
        *("Łukasz", "Ἀλέξανδρος", "Дмитрий", "محمد", "יוסף", "अनुष्का", "さくら", "김", "O’Brien-d'Arc", "=1+1", "𝒜da"),
        *("👩\u200d💻", "می\u200cخواهم", "<script>alert(1)</script>"),
    ]
    review = company.review(cells(*(company.person(f"p{n}", First_Name=name) for n, name in enumerate(names))))
    assert review.errors() == {}
    assert [row["values"]["first_name"] for row in review.rows().values()] == names


def test_names_are_stored_in_one_unicode_form(company: Company) -> None:
    assert company.rows(company.person("ann", First_Name="Zoe\u0308")).row()["values"]["first_name"] == "Zoë"


def test_lengths_are_counted_in_characters_to_the_last_allowed(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Note"}])
    review = company.rows(
        company.person("ann", First_Name="é" * 100, Last_Name="x" * 100, Title="😀" * 150, Note="n" * 500),
        company.person("bob", First_Name="é" * 101, Last_Name="x" * 101, Title="t" * 151, Note="n" * 501),
    )
    wrong = ("First Name", "Last Name", "Title", "Note")
    assert review.errors() == {3: dict.fromkeys(wrong, "too_long")}
    assert "101" in review.row(3)["errors"][0]["message"] and "100" in review.row(3)["errors"][0]["message"]


def test_list_values_match_without_case_and_kind_of_space_and_are_stored_as_listed(new_company: NewCompany) -> None:
    level = {"name": "Level", "required": True, "values": ["IC", "Team Lead"]}
    company = new_company(custom_fields=[level], regions=["Région Nord", "APAC"])
    review = company.rows(
        company.person("ann", Functional_Area="sALES", Region="RE\u0301GION  nord", Level="team\u00a0LEAD")
    )
    found = review.row()["values"]
    assert review.errors() == {}
    assert (found["functional_area"], found["region"]) == ("Sales", "Région Nord")
    assert found["custom_fields"] == {"Level": "Team Lead"}
    again = company.rows(company.person("ann", Region="re\u0301gion nord", Level="ic"))
    assert again.row()["values"]["region"] == "Région Nord"


def test_custom_fields_free_listed_and_required_are_judged_by_their_own_name(new_company: NewCompany) -> None:
    fields = [
        {"name": "Cost Center", "required": True},
        {"name": "Level", "required": False, "values": ["Junior", "Senior"]},
        {"name": "Site", "required": True, "values": ["Oslo", "Porto"]},
    ]
    company = new_company(custom_fields=fields)
    good = {"Cost Center": "1", "Site": "oslo"}
    review = company.rows(
        company.person("ann") | good,
        company.person("bob"),
        company.person("cyd") | good | {"Level": "Senor", "Site": "Prto"},
        company.person("dan") | good | {"Level": "Boss"},
    )
    assert review.errors() == {
        3: {"Cost Center": "custom_field_required", "Site": "custom_field_required"},
        4: {"Level": "custom_field_unknown_value", "Site": "custom_field_unknown_value"},
        5: {"Level": "custom_field_unknown_value"},
    }
    assert {e["column"]: e["suggestion"] for e in review.row(4)["errors"]} == {"Level": "Senior", "Site": "Porto"}
    last = review.row(5)["errors"][0]
    assert last["suggestion"] is None and "Junior" in last["message"] and last["value"] == "Boss"


def test_without_lists_any_area_and_region_is_taken(new_company: NewCompany) -> None:
    company = new_company(functional_areas=[], regions=[])
    review = company.rows(company.person("ann", Functional_Area="Anything", Region="Anywhere"))
    assert (review.status, codes(review.row()["errors"])) == ("ready_for_review", {})


def test_a_blank_cell_leaves_an_existing_user_s_value_as_it_is(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level", "required": True}])
    ann = company.active("ann", title="AE", region="EMEA", custom_fields={"Level": "IC"}, reports_to=company.admin)
    unchanged: dict[str, str | None] = {"Email": ann, "Title": " ", "Level": None}
    review = company.rows(unchanged)
    assert (review.status, review.row()["outcome"], review.row()["changes"]) == ("ready_for_review", "unchanged", [])
    changed_row = company.rows(unchanged | {"Title": "Senior AE", "Level": "Lead"}).row()
    assert changed_row["outcome"] == "change"
    assert sorted(changed_row["changes"], key=lambda each: each["field"]) == [
        {"field": "Level", "from": "IC", "to": "Lead"},
        {"field": "title", "from": "AE", "to": "Senior AE"},
    ]
