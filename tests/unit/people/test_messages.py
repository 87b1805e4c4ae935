"""Every code of a file or a row has a sentence that says what to do, in the words of the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.people import messages as m
from shared.people.codes import CODES

SENTENCES = {code: declared.example for code, declared in CODES.items()}
SOURCES = Path(__file__).parents[3]
CODES_OF_THE_SPEC = """
too_large not_xlsx encrypted corrupt too_many_rows empty email_column_missing duplicate_column licenses_exceeded
email_required email_invalid email_duplicate email_not_sso_domain email_in_other_company user_inactive
first_name_required last_name_required functional_area_required functional_area_unknown region_unknown
reports_to_invalid reports_to_unknown reports_to_self reports_to_cycle reports_to_inactive too_long illegal_characters
cell_error custom_field_required custom_field_unknown_value unknown_column hidden_rows last_license possible_typo
same_file_again other_sheets merged_value digits_lost
"""


def test_no_code_of_the_spec_is_missing() -> None:
    assert set(CODES_OF_THE_SPEC.split()) <= CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_each_code_says_what_to_do_in_plain_words(code: str) -> None:
    said = SENTENCES[code]
    assert len(said) > 15 and (said[0].isupper() or said[0] == "“") and said[-1] in ".?"
    assert not re.search(r"\b(please|oops|invalid|error code|sorry)\b", said, re.IGNORECASE)
    assert code == code.lower() and code not in said


def test_every_code_that_is_said_is_declared() -> None:
    said = {
        code
        for folder in ("services", "shared/people")
        for path in (SOURCES / folder).rglob("*.py")
        for code in re.findall(r'Finding\(\s*"([a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    # Of a batch, not of its file: services/upload/messages.py.
    approvals = {"approval_declined", "approval_taken_back", "approval_expired", "asker_deactivated"}
    notices = {"stale_review", "not_confirmed_in_time", *approvals}
    assert notices < said and said - notices <= CODES.keys(), "declare it in shared/people/messages.py"


def test_the_words_of_the_mock() -> None:
    assert (
        SENTENCES["email_duplicate"] == "This e-mail is also in row 19. "
        "A person can be in the file only once: remove row 5 or row 19."
    )
    assert (
        SENTENCES["email_not_sso_domain"]
        == "Users of Northwind Trading sign in with northwind.example. Use an e-mail with that domain."
    )
    assert (
        SENTENCES["user_inactive"]
        == "Daniel Osei is Inactive. Reactivate this user in My Team first, or remove the row."
    )
    assert (
        SENTENCES["reports_to_cycle"] == "Rows 16 and 22 would report to each other. Change Reports To in one of them."
    )
    assert (
        SENTENCES["licenses_exceeded"]
        == "The file needs 5 licenses and 3 are available. Remove 2 new users, or free 2 licenses, and reupload it."
    )


@pytest.mark.parametrize(
    ("required", "available", "said"),
    [
        (
            1,
            0,
            "The file needs 1 license and none are available. Remove 1 new user, or free 1 license, and reupload it.",
        ),
        (
            3,
            1,
            "The file needs 3 licenses and 1 is available. Remove 2 new users, or free 2 licenses, and reupload it.",
        ),
        (
            2,
            -4,
            "The file needs 2 licenses and none are available. "
            "Remove 2 new users, or free 2 licenses, and reupload it.",
        ),
        (
            6_000,
            4_999,
            "The file needs 6,000 licenses and 4,999 are available. "
            "Remove 1,001 new users, or free 1,001 licenses, and reupload it.",
        ),
    ],
)
def test_licenses_are_counted_in_words_that_fit(required: int, available: int, said: str) -> None:
    assert m.licenses_exceeded(required, available) == said


def test_a_list_without_an_email_column_is_told_which_columns_it_has() -> None:
    assert (
        m.email_column_missing(20, ["Vorname", "E-Mail-Adresse"])
        == "No visible sheet has a column Email in its first 20 rows. It has “Vorname” and “E-Mail-Adresse”: "
        "name the column with the addresses Email, or begin with the template."
    )


def test_other_sheets_are_named_with_their_rows() -> None:
    assert (
        m.other_sheets("People", [("Spring", 1), ("Old", 12_000)])
        == "Only the sheet “People” counts, and “Spring” (1 row) and “Old” (12,000 rows) have people too. "
        "Move them there, or upload each sheet as a file of its own."
    )


def test_many_rows_make_no_long_sentence() -> None:
    said = m.email_duplicate(2, range(3, 8), 9_995)
    assert (
        said == "This e-mail is also in rows 3, 4, 5, 6, 7 and 9,995 more. "
        "A person can be in the file only once: keep one of these rows."
    )
    assert len(m.reports_to_cycle(range(2, 10_002))) < 150


def test_a_circle_through_people_whom_the_file_does_not_mention_names_them() -> None:
    assert (
        m.reports_to_cycle([7], ["Elena Marchetti"])
        == "Row 7 would report to itself, through Elena Marchetti. Change Reports To in this row."
    )
    assert (
        m.reports_to_cycle([7, 9], ["Bo Ss", "Al Ex"])
        == "Rows 7 and 9 would report to each other, through Bo Ss and Al Ex. Change Reports To in one of them."
    )
