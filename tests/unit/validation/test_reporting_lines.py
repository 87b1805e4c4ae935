"""Circles across file and directory, against a search that follows everyone as far as it goes."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.validation.sheets import address, change, codes, facts, judged, new, reading, user

PEOPLE = tuple("abcdefgh")
"""a to d are users; what is in the file is drawn from all."""
USERS = PEOPLE[:4]
BOSSES = st.sampled_from(PEOPLE)


def acyclic(bosses: dict[str, str]) -> dict[str, str]:
    """The directory has no circles: only who comes later in the alphabet is anyone's manager."""
    return {person: boss for person, boss in bosses.items() if boss in USERS and boss > person}


def expected(managers: dict[str, str], start: str) -> bool:
    at = start
    for _ in PEOPLE:
        if (above := managers.get(at)) is None:
            return False
        if above == start:
            return True
        at = above
    return False


@given(
    st.dictionaries(st.sampled_from(USERS), BOSSES).map(acyclic),
    st.dictionaries(BOSSES, st.sampled_from(["", *PEOPLE])),
)
def test_every_row_on_a_circle_is_an_error_and_no_other(today: dict[str, str], file: dict[str, str]) -> None:
    rows = [
        change(person, boss) if person in USERS else new(person, "", "", boss and address(boss))
        for person, boss in file.items()
    ]
    directory = facts(*(user(person, today.get(person)) for person in USERS))
    found = judged(reading(*rows), directory).rows
    said = {person: boss for person, boss in file.items() if boss and boss != person and boss in {*USERS, *file}}
    combined = {**{p: boss for p, boss in today.items() if not file.get(p)}, **said}
    for (person, boss), row in zip(file.items(), found, strict=True):
        if boss == person:
            assert codes(row) == ["reports_to_self"]
        elif boss and boss not in {*USERS, *file}:
            assert codes(row) == ["reports_to_unknown"]
        else:
            assert codes(row) == (["reports_to_cycle"] if expected(combined, person) else [])


def test_two_rows_that_would_report_to_each_other() -> None:
    rows = judged(reading(new("ann", "", "", address("bob")), new("bob", "", "", address("ann")))).rows
    assert {error.message for row in rows for error in row.errors} == {
        "Rows 2 and 3 would report to each other. Change Reports To in one of them."
    }


def test_a_circle_through_a_user_whom_the_file_does_not_mention_names_them() -> None:
    directory = facts(user("ann"), user("bob", boss="ann", last_name="Ray"), user("cyd", boss="bob"))
    [row] = judged(reading(change("ann", "cyd")), directory).rows
    assert (
        row.errors[0].message
        == "Row 2 would report to itself, through Cyd Lee and Bob Ray. Change Reports To in this row."
    )


def test_a_row_on_the_circle_that_says_nothing_of_its_manager_is_an_error_too() -> None:
    directory = facts(user("ann"), user("bob", boss="ann"))
    rows = judged(reading(change("ann", "bob"), change("bob", title="CFO")), directory).rows
    assert [codes(row) for row in rows] == [["reports_to_cycle"], ["reports_to_cycle"]]


def test_a_file_that_turns_an_order_round_is_no_circle() -> None:
    directory = facts(user("ann"), user("bob", boss="ann"), user("cyd"))
    rows = judged(reading(change("ann", "bob"), change("bob", "cyd")), directory).rows
    assert [codes(row) for row in rows] == [[], []]


def test_who_only_reports_into_a_circle_is_not_on_it() -> None:
    rows = judged(
        reading(
            new("ann", "", "", address("bob")), new("bob", "", "", address("ann")), new("cyd", "", "", address("ann"))
        )
    ).rows
    assert [codes(row) for row in rows] == [["reports_to_cycle"], ["reports_to_cycle"], []]


def test_of_two_rows_of_one_person_the_first_one_says_whom_they_report_to() -> None:
    rows = judged(
        reading(
            new("ann", "", "", address("bob")), new("ann", "", "", address("cyd")), new("bob", "", "", address("ann"))
        ),
        facts(user("cyd")),
    ).rows
    assert [codes(row) for row in rows] == [
        ["email_duplicate", "reports_to_cycle"],
        ["email_duplicate"],
        ["reports_to_cycle"],
    ]


def test_a_line_of_20_000_managers_is_followed_once() -> None:
    rows = [new(f"u{n}", "", "", address(f"u{n + 1}")) for n in range(20_000)] + [new("u20000")]
    assert all(row.outcome == "invite" for row in judged(reading(*rows)).rows)
