"""The codes of files, rows and warnings, each declared once: what it is about, where the Review shows it, and an
example of its sentence (messages.py). The errors page, the kinds of the Review and the tests of the sentences are made
from this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from shared.people import messages as m

Subject = Literal["upload", "file", "row", "file_warning", "row_warning"]
"""`upload`: a file that is refused at once. `file` and `row` are errors of a review; a form has those of a row."""
Kind = Literal["email", "reports_to", "list", "missing", "other"]
"""What an admin looks for among the errors of rows."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Code:
    """One code; `example` is its sentence with values put in."""

    subject: Subject
    example: str
    kind: Kind = "other"


CODES: Mapping[str, Code] = {
    "too_large": Code("upload", m.too_large(35)),
    "not_xlsx": Code("upload", m.not_xlsx()),
    "encrypted": Code("upload", m.encrypted()),
    "corrupt": Code("file", m.corrupt()),
    "too_many_rows": Code("file", m.too_many_rows(150_000)),
    "empty": Code("file", m.empty()),
    "email_column_missing": Code("file", m.email_column_missing(20, ["Vorname", "E-Mail-Adresse"])),
    "duplicate_column": Code("file", m.duplicate_column("Email", ["E-mail", "Email"])),
    "licenses_exceeded": Code("file", m.licenses_exceeded(5, 3)),
    "addresses_withheld": Code("file", m.addresses_withheld(5_000)),
    "email_required": Code("row", m.email_required(), "email"),
    "email_invalid": Code("row", m.email_invalid(), "email"),
    "email_duplicate": Code("row", m.email_duplicate(5, [19]), "email"),
    "email_not_sso_domain": Code("row", m.email_not_sso_domain("Northwind Trading", ["northwind.example"]), "email"),
    "email_in_other_company": Code("row", m.email_in_other_company(), "email"),
    "user_inactive": Code("row", m.user_inactive("Daniel Osei"), "email"),
    "first_name_required": Code("row", m.first_name_required(), "missing"),
    "last_name_required": Code("row", m.last_name_required(), "missing"),
    "functional_area_required": Code("row", m.functional_area_required(), "missing"),
    "functional_area_unknown": Code("row", m.functional_area_unknown("Sale", ["Sales"], "Sales"), "list"),
    "region_unknown": Code("row", m.region_unknown("Scandinavia", ["Nordics", "DACH"], None), "list"),
    "reports_to_invalid": Code("row", m.reports_to_invalid(), "reports_to"),
    "reports_to_unknown": Code(
        "row", m.reports_to_unknown("Northwind Trading", "callum.reid@northwind.example"), "reports_to"
    ),
    "reports_to_self": Code("row", m.reports_to_self(), "reports_to"),
    "reports_to_cycle": Code("row", m.reports_to_cycle([16, 22]), "reports_to"),
    "reports_to_inactive": Code("row", m.reports_to_inactive("Beatrix de Wit"), "reports_to"),
    "too_long": Code("row", m.too_long("Title", 150, 151)),
    "illegal_characters": Code("row", m.illegal_characters("Title")),
    "cell_error": Code("row", m.cell_error("#N/A")),
    "custom_field_required": Code("row", m.custom_field_required("Level"), "missing"),
    "custom_field_unknown_value": Code(
        "row", m.custom_field_unknown_value("Contract", "Perm", ["Employee"], None), "list"
    ),
    "unknown_column": Code("file_warning", m.unknown_column("Start Date")),
    "other_sheets": Code("file_warning", m.other_sheets("People", [("Spring", 12)])),
    "hidden_rows": Code("file_warning", m.hidden_rows(3, 1)),
    "merged_value": Code("file_warning", m.merged_value(3, ["Region"])),
    "digits_lost": Code("file_warning", m.digits_lost(1, ["Cost Center"])),
    "last_license": Code("file_warning", m.last_license(1)),
    "possible_typo": Code("row_warning", m.possible_typo("a@gmail.com")),
    "inactive_unchanged": Code("row_warning", m.inactive_unchanged("Ann Lee")),
    "not_annotated": Code("file_warning", m.not_annotated("it has no free column for the errors")),
    "same_file_again": Code("file_warning", m.same_file_again("q3.xlsx")),
}
"""In the order of the errors page."""


def examples(*subjects: Subject) -> Mapping[str, str]:
    """An example of each code of these subjects."""
    return {code: declared.example for code, declared in CODES.items() if declared.subject in subjects}


def kind_of(code: str) -> Kind:
    """The kind that a row's error belongs to."""
    return CODES[code].kind if code in CODES else "other"


ROW_WARNINGS = tuple(examples("row_warning"))
"""Codes that a row can have without an error."""
