"""Every sentence that a file, a row or a warning is answered with: what is wrong, then what to do. One function a
code, which is declared by it: what it is about, under which kind the Review shows it, values for an example.

The words are plain, short and without blame. All of them stand here and nowhere else, so that a translation replaces
this module. Numbers are rows as the sheet counts them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shared.people.coded import coded

Place = Literal["file", "form"]
"""Where the person is who is told: in front of a sheet with its rows, or of a form about one user."""
NAMED = 5  # rows or choices that a sentence names: 10,000 equal rows must not make sentences of 10,000 numbers
_SHOWN = 60  # characters of a value that a sentence repeats


def _join(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _some(parts: Sequence[str], word: str = "and") -> str:
    """The first few of many: "5, 7 and 12", or "5, 7, 8, 9, 12 and 40 more"."""
    more = len(parts) - NAMED
    return _join(parts, word) if more <= 0 else f"{', '.join(parts[:NAMED])} and {more:,} more"


def _rows(rows: Sequence[int], more: int = 0) -> str:
    named, more = [str(row) for row in rows[:NAMED]], max(len(rows) - NAMED, 0) + more
    numbers = f"{', '.join(named)} and {more:,} more" if more else _join(named, "and")
    return f"row {numbers}" if len(named) + more == 1 else f"rows {numbers}"


def _quoted(value: str) -> str:
    return f"“{value if len(value) <= _SHOWN else value[: _SHOWN - 1] + '…'}”"


def _meant(suggestion: str | None, otherwise: str) -> str:
    return f"Did you mean {suggestion}?" if suggestion else otherwise


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


# --- at once, on uploading -------------------------------------------------------------------------------------------


@coded("upload", 35)
def too_large(limit_mib: int) -> str:
    return (
        f"The file is larger than {limit_mib} MiB. "
        "Remove pictures and sheets that are not needed, or split it into several files."
    )


NotXlsx = Literal["other", "empty", "lock", "xls", "ods", "xlsm", "xlsb", "numbers", "csv"]
_SAVE = "save it as “Excel Workbook (.xlsx)” and upload that."
_INSTEAD: Mapping[NotXlsx, str] = {
    "other": "This is neither an Excel workbook of the kind .xlsx nor a text with values (csv). "
    f"Open it in Excel, {_SAVE}",
    "empty": "The file is empty, it has 0 bytes. Save the workbook once more, wait until it is saved or synchronized, "
    "and upload it then.",
    "lock": "This is not the workbook, but the file in which Excel notes that somebody has it open. "
    "Close the workbook and upload the file without ~$ at the beginning of its name.",
    "xls": f"This is a workbook of the old kind .xls. Open it in Excel, {_SAVE}",
    "ods": "This is an OpenDocument spreadsheet (.ods). Open it, save it as “Excel 2007–365 (.xlsx)” and upload that.",
    "xlsm": f"This workbook can hold macros (.xlsm), which are not accepted. Open it in Excel, {_SAVE}",
    "xlsb": f"This is a binary workbook (.xlsb). Open it in Excel, {_SAVE}",
    "numbers": "This is a Numbers document. Open it in Numbers, choose File, Export To, Excel, and upload that.",
    "csv": "The characters of this text (csv) are in an encoding that is not known. Open it in Excel, look whether all "
    "names are right, save it as “CSV UTF-8” or as “Excel Workbook (.xlsx)” and upload that.",
}


@coded("upload")
def not_xlsx(instead: NotXlsx = "other") -> str:
    """`instead`: what the file is."""
    return _INSTEAD[instead]


@coded("upload")
def encrypted(*, by_label: bool = False) -> str:
    """`by_label`: by a sensitivity label, which has no password."""
    if by_label:
        return (
            "The workbook is encrypted by its sensitivity label. In Excel choose a label that does not encrypt, "
            "under Home, Sensitivity, save it and upload it again, or ask who manages the labels."
        )
    return "The workbook is protected with a password. Open it in Excel, remove the password and upload it again."


# --- file ------------------------------------------------------------------------------------------------------------


@coded("file")
def corrupt(reason: str = "it is cut off or damaged") -> str:
    """`reason`: a plain half sentence."""
    return f"The workbook can’t be read: {reason}. Open it in Excel, save it as a new .xlsx file and upload that."


@coded("file", 150_000)
def too_many_rows(limit: int) -> str:
    return f"The sheet has more than {limit:,} rows. Split it into several files."


@coded("file")
def empty() -> str:
    return "There are no people in the file. Add a row for each of them below the header and upload it again."


@coded("file", 20, ["Vorname", "Kontakt"])
def email_column_missing(rows: int, columns: Sequence[str] = ()) -> str:
    """`columns`: what stands in the row that looks most like a header."""
    if not columns:
        todo = "Add the header Email above the addresses, or begin with the template."
    else:
        found = _some([_quoted(column) for column in columns])
        todo = f"It has {found}: name the column with the addresses Email, or begin with the template."
    return f"No visible sheet has a column Email in its first {rows} rows. {todo}"


@coded("file", "Email", ["E-mail", "Email"])
def duplicate_column(column: str, headers: Sequence[str]) -> str:
    both, others = ("both", "the other") if len(headers) == 2 else ("all", "the others")
    named = _some([_quoted(header) for header in headers])
    return f"The columns {named} {both} mean {column}. Keep one of them and remove or rename {others}."


@coded("file", 5_000)
def addresses_withheld(limit: int) -> str:
    return (
        f"Your company’s files have been told of {limit:,} people of other companies today, as many as they may. "
        "For the other new people in this file that was not looked up. "
        "Check it again tomorrow, or ask whoever runs Usher to raise the limit."
    )


@coded("file", 5, 3)
def licenses_exceeded(required: int, available: int) -> str:
    fits = max(available, 0)
    remove = required - fits
    are = "is" if fits == 1 else "are"
    return (
        f"The file needs {_count(required, 'license')} and {f'{fits:,}' if fits else 'none'} {are} available. "
        f"Remove {_count(remove, 'new user')}, or free {_count(remove, 'license')}, and reupload it."
    )


@coded("file", "Command of the Message", 5, 3)
def methodology_seats_exceeded(methodology: str, required: int, available: int) -> str:
    fits = max(available, 0)
    remove = required - fits
    are = "is" if fits == 1 else "are"
    return (
        f"The file needs {_count(required, 'seat')} of {methodology} and {f'{fits:,}' if fits else 'none'} {are} "
        f"available. Remove it from {_count(remove, 'row')}, or free {_count(remove, 'seat')}, and reupload it."
    )


# --- row: E-mail -----------------------------------------------------------------------------------------------------


@coded("row", kind="email")
def email_required(place: Place = "file") -> str:
    why = "it says whom this row is about" if place == "file" else "the invitation goes there"
    return f"The e-mail is missing. Fill it in: {why}."


@coded("row", kind="email")
def email_invalid(suggestion: str | None = None, flaw: str | None = None) -> str:
    """`flaw`: a half sentence, one of those below."""
    return f"{_no_address('This', flaw)} {_meant(suggestion, 'Write it like name@company.com.')}"


def _no_address(what: str, flaw: str | None) -> str:
    return f"{what} is not a complete e-mail address{f': {flaw}' if flaw else ''}."


def address_character(character: str, name: str | None) -> str:
    """`name`: what the character is called, where that helps."""
    seen = "a space" if character == " " else f"“{character}”"
    return f"{seen}{f' ({name})' if name else ''} can’t stand in one"


def address_of_several() -> str:
    return "there are several in it, and one is wanted"


def address_without_at() -> str:
    return "there is no @ in it"


def address_with_two_ats() -> str:
    return "there is more than one @ in it"


def address_without_part(side: str) -> str:
    """`side`: before or behind."""
    return f"nothing stands {side} the @"


def address_without_dot() -> str:
    return "what is behind the @ has no ending like .com"


def address_with_loose_dot() -> str:
    return "there is a dot too many in it"


def address_too_long() -> str:
    return "it is longer than an address can be"


@coded("row", 5, [19], kind="email")
def email_duplicate(row: int, others: Sequence[int], more: int = 0) -> str:
    """`others`: the first few of the other rows, at most `NAMED`; `more`: how many there are beside these."""
    alone = len(others) + more == 1
    remove = f"remove row {row} or row {others[0]}" if alone else "keep one of these rows"
    return f"This e-mail is also in {_rows(others, more)}. A person can be in the file only once: {remove}."


@coded("row", "Northwind Trading", ["northwind.example"], kind="email")
def email_not_sso_domain(company: str, domains: Sequence[str]) -> str:
    use = "that domain" if len(domains) == 1 else "one of these domains"
    return f"Users of {company} sign in with {_some(list(domains), 'or')}. Use an e-mail with {use}."


@coded("row", kind="email")
def email_in_other_company(place: Place = "file") -> str:
    do = "Remove the row, or use another e-mail" if place == "file" else "Use another e-mail"
    return f"This person already belongs to another company in Usher. {do}."


@coded("row", "Daniel Osei", kind="email")
def user_inactive(name: str, place: Place = "file") -> str:
    do = "Reactivate this user in My Team first, or remove the row" if place == "file" else "Reactivate them in My Team"
    return f"{name} is Inactive. {do}."


# --- row: values -----------------------------------------------------------------------------------------------------


@coded("row", kind="missing")
def first_name_required() -> str:
    return "A new user needs a first name. Fill in First Name."


@coded("row", kind="missing")
def last_name_required() -> str:
    return "A new user needs a last name. Fill in Last Name."


@coded("row", kind="missing")
def functional_area_required() -> str:
    return "A new user needs a functional area. Fill in Functional Area."


def cannot_be_blank(column: str) -> str:
    """Said of a user who is there, under the code of what a new one needs."""
    return f"{column} can’t be blank. Fill it in."


@coded("row", "Level", kind="missing")
def custom_field_required(column: str) -> str:
    return f"A new user needs a value in {column}. Fill it in."


def _not_listed(value: str, what: str, choices: Sequence[str], suggestion: str | None) -> str:
    use = f"Use {_some(list(choices), 'or')}." if choices else "Ask who manages the company’s settings to add it."
    return f"{_quoted(value)} is not one of {what}. {_meant(suggestion, use)}"


@coded("row", "Sale", ["Sales"], "Sales", kind="list")
def functional_area_unknown(value: str, choices: Sequence[str], suggestion: str | None) -> str:
    return _not_listed(value, "your functional areas", choices, suggestion)


@coded("row", "Scandinavia", ["Nordics", "DACH"], None, kind="list")
def region_unknown(value: str, choices: Sequence[str], suggestion: str | None) -> str:
    return _not_listed(value, "your regions", choices, suggestion)


@coded("row", ["Command"], ["Command of the Message", "Value"], None, kind="list")
def methodology_unknown(values: Sequence[str], choices: Sequence[str], suggestion: str | None) -> str:
    """`values`: what is not known of those that are named."""
    if not choices:
        return (
            f"{_some([_quoted(value) for value in values])} can’t be given: your company has no methodologies. "
            "Leave it blank, or ask who manages the company’s settings to add it."
        )
    if len(values) == 1:
        return _not_listed(values[0], "your methodologies", choices, suggestion)
    use = f"Use {_some(list(choices), 'or')}."
    return f"{_some([_quoted(value) for value in values])} are not among your methodologies. {_meant(suggestion, use)}"


@coded("row", "Contract", "Perm", ["Employee"], None, kind="list")
def custom_field_unknown_value(column: str, value: str, choices: Sequence[str], suggestion: str | None) -> str:
    return _not_listed(value, f"the choices for {column}", choices, suggestion)


def custom_field_unknown(column: str, company: str) -> str:
    """Said under the code custom_field_unknown_value, of a form that names a field which the company does not have."""
    return f"{company} has no field {_quoted(column)}. Leave it out, or use one of the company’s own fields."


@coded("row", "Title", 150, 151)
def too_long(column: str, limit: int, length: int) -> str:
    return f"{column} can have at most {limit:,} characters, and this has {length:,}. Shorten it."


@coded("row", "Title")
def illegal_characters(column: str) -> str:
    return f"{column} contains hidden control characters. Delete the text and type it again."


@coded("row", "#N/A")
def cell_error(shown: str) -> str:
    if not shown:
        return (
            "The formula in this cell has no stored result. "
            "Open the file in Excel and save it, or replace the formula with its value."
        )
    return f"The cell shows the error {shown}. Correct the formula, or replace it with its value."


# --- row: Reports To -------------------------------------------------------------------------------------------------


@coded("row", kind="reports_to")
def reports_to_invalid(suggestion: str | None = None, flaw: str | None = None) -> str:
    otherwise = "Write the manager’s e-mail, or leave it blank."
    return f"{_no_address('Reports To', flaw)} {_meant(suggestion, otherwise)}"


@coded("row", "Northwind Trading", "callum.reid@northwind.example", kind="reports_to")
def reports_to_unknown(company: str, suggestion: str | None = None, place: Place = "file") -> str:
    if place == "form":
        otherwise = "Name someone who is in My Team, or invite the manager first."
        return f"Nobody in {company} has this e-mail. {_meant(suggestion, otherwise)}"
    otherwise = "Name someone who is there, add a row for the manager, or leave it blank."
    return f"Nobody in {company} or in this file has this e-mail. {_meant(suggestion, otherwise)}"


@coded("row", kind="reports_to")
def reports_to_self() -> str:
    return "This is the user’s own e-mail, and nobody can report to themselves. Name someone else, or leave it blank."


@coded("row", "Beatrix de Wit", kind="reports_to")
def reports_to_inactive(name: str) -> str:
    return f"{name} is Inactive and can’t be anyone’s manager. Name someone who is not Inactive."


@coded("row", [16, 22], kind="reports_to")
def reports_to_cycle(rows: Sequence[int], through: Sequence[str] = ()) -> str:
    """`rows`: those of the file on the circle, in order. `through`: who is on it without a row, by name."""
    if not through:
        circle = "each other" if len(rows) == 2 else "each other in a circle"
        return f"{_rows(rows).capitalize()} would report to {circle}. Change Reports To in one of them."
    some = _some(list(through))
    if len(rows) == 1:
        return f"{_rows(rows).capitalize()} would report to itself, through {some}. Change Reports To in this row."
    return f"{_rows(rows).capitalize()} would report to each other, through {some}. Change Reports To in one of them."


def reports_to_cycle_of_one(name: str) -> str:
    """Said of a single user, in the form: the code is reports_to_cycle."""
    return (
        f"{name} already reports up to this user, so the two would report to each other. "
        "Name someone else, or leave it blank."
    )


# --- warnings --------------------------------------------------------------------------------------------------------


def column_without_header(letters: Sequence[str]) -> str:
    """Said under the code unknown_column."""
    has, columns = ("has", "Column") if len(letters) == 1 else ("have", "Columns")
    return (
        f"{columns} {_some(letters)} {has} values but no header, and will be ignored. "
        "Write the field’s name above them."
    )


def unknown_columns(more: int) -> str:
    """Said under the code unknown_column, behind those that are named."""
    return (
        f"{more:,} more columns are not known and will be ignored. "
        "If you need them, add them as fields of your company."
    )


@coded("file_warning", "Start Date")
def unknown_column(header: str) -> str:
    return (
        f"The column {_quoted(header)} is not known and will be ignored. "
        "If you need it, add it as a field of your company first."
    )


@coded("file_warning", "Kontakt", "Email")
def column_mapped(header: str, field: str | None) -> str:
    """`field`: None for a column that is not read."""
    read = f"is read as {field}" if field else "is not read"
    return (
        f"The column {_quoted(header)} {read}, as somebody of your company chose for an earlier file. "
        "If that is wrong, choose anew what the columns are."
    )


def columns_mapped(more: int) -> str:
    """Said under the code column_mapped, behind those that are named."""
    return f"{more:,} more columns are read, or not read, as somebody of your company chose for an earlier file."


@coded("file_warning", "it has no free column for the errors")
def not_annotated(reason: str) -> str:
    return (
        f"There is no annotated copy of this workbook: {reason}. "
        "All errors are in the list on this page, with the row numbers of your sheet."
    )


@coded("file", "a formula that several cells share cannot be moved")
def not_corrected(reason: str) -> str:
    return (
        f"The corrections cannot be written into this workbook: {reason}. "
        "Correct it in your spreadsheet program, and upload it again."
    )


@coded("file_warning", 3, 1)
def hidden_rows(rows: int, columns: int) -> str:
    parts = [_count(rows, "hidden row")] * bool(rows) + [_count(columns, "hidden column")] * bool(columns)
    return (
        f"The sheet has {_join(parts, 'and')}. "
        "What is hidden counts like the rest: show it and check that it belongs there."
    )


@coded("file_warning", "People", [("Spring", 12)])
def other_sheets(counted: str, others: Sequence[tuple[str, int]]) -> str:
    """`others`: the sheets that could have counted, each with the number of its rows."""
    named = _some([f"{_quoted(name)} ({_count(rows, 'row')})" for name, rows in others])
    have = "has" if len(others) == 1 else "have"
    return (
        f"Only the sheet {_quoted(counted)} counts, and {named} {have} people too. "
        f"Move them there, or upload each sheet as a file of its own."
    )


@coded("file_warning", 3, ["Region"])
def merged_value(rows: int, columns: Sequence[str]) -> str:
    """Of so many rows, in these columns."""
    return (
        f"In {_count(rows, 'row')} there are values from merged cells, in {_some(columns)}: "
        "a merged value counts for each row and column that it covers. "
        "Check that it is meant for all of them, or unmerge the cells."
    )


@coded("file_warning", 1, ["Cost Center"])
def digits_lost(rows: int, columns: Sequence[str]) -> str:
    """Of so many rows, in these columns."""
    return (
        f"In {_count(rows, 'row')} there are numbers of 16 digits or more, in {_some(columns)}. "
        "A sheet keeps 15 digits of a number and has lost the others: "
        "format the cells as text and enter the numbers again."
    )


@coded("file_warning", 1)
def last_license(required: int) -> str:
    last = "your last license" if required == 1 else f"your last {required:,} licenses"
    return f"This takes {last}. For more users, buy or free licenses first."


@coded("row_warning", "a@gmail.com")
def possible_typo(suggestion: str) -> str:
    return f"Did you mean {suggestion}? The address is accepted as it is, and the invitation goes there."


@coded("row_warning", "Ann Lee")
def inactive_unchanged(name: str) -> str:
    return f"{name} is Inactive and stays so: the row changes nothing. To change this user, reactivate them in My Team."


@coded("file_warning", "q3.xlsx")
def same_file_again(file_name: str) -> str:
    return f"The same file was uploaded before, as {_quoted(file_name)}. Check that it is the one that you mean."
