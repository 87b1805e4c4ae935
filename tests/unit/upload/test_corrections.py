"""What the commands to a draft of corrections come to, and what is wrong with a corrected value."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import strategies as st

from services.upload import messages
from services.upload.domain.corrections.commands import (
    ApplyCorrections,
    ChangeCorrections,
    ForgetCorrections,
    Sheet,
    Subject,
)
from services.upload.domain.corrections.decide import CORRECTIONS
from services.upload.domain.corrections.events import (
    ALL,
    CellCorrection,
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsEvent,
    CorrectionsForgotten,
    Replacement,
)
from services.upload.domain.corrections.row_set import packed, unpacked
from services.upload.domain.corrections.state import Draft, Old, Suggestion, evolve, fold, ranges_of, rows_of
from services.upload.domain.corrections.value_check import AboutRow, ValueCheck
from services.upload.domain.refusals import CorrectionCode, CorrectionRefused
from shared.people.model import CompanySettings, CustomField, Methodology
from tests.spec import Given, given
from tests.unit.upload.examples import ADA, BEN, REUPLOAD_ID

OPEN = Subject("needs_correction", 1)
UK = ("Region", "UK")
SHEET = Sheet(range(2, 100), {"Region", "Title"}, {UK: (3, 4, 5)})
CELL = CellCorrection(3, "Region", "EMEA")
CHANGE = ChangeCorrections(ADA, OPEN, SHEET, 1)
CORRECTED = CorrectionsChanged(1, ADA, 1, 0, (CELL,))
REPLACED = CorrectionsChanged(1, ADA, 3, 0, (), (Replacement("Region", "UK", "EMEA"),))


def draft(*history: CorrectionsEvent) -> Given[Any, Draft, CorrectionsEvent]:
    return given(CORRECTIONS, *history)


def test_a_cell_is_corrected_once() -> None:
    draft().when(replace(CHANGE, cells=(CELL,))).then(CORRECTED).when(replace(CHANGE, cells=(CELL,))).then_nothing()


def test_a_correction_is_taken_back() -> None:
    back = (replace(CELL, value=None),)
    draft(CORRECTED).when(replace(CHANGE, cells=back)).then(CorrectionsChanged(1, ADA, 0, 0, back))
    draft().when(replace(CHANGE, cells=back)).then_nothing()


def test_one_line_corrects_a_value_in_all_its_rows() -> None:
    draft().when(replace(CHANGE, replacements=REPLACED.replacements)).then(REPLACED)


def test_a_cell_of_its_own_goes_before_a_replacement_and_counts_once() -> None:
    own = CellCorrection(4, "Region", "APAC")
    after = draft(REPLACED).when(replace(CHANGE, cells=(own,))).then(CorrectionsChanged(1, ADA, 3, 0, (own,)))
    assert after.state.corrected(SHEET.found) == {"Region": {3: "EMEA", 4: "APAC", 5: "EMEA"}}


def test_what_is_left_out_is_not_corrected() -> None:
    out = CorrectionsChanged(1, ADA, 2, 2, leave_out=packed({4, 9}))
    after = draft(REPLACED).when(replace(CHANGE, left_out=frozenset({4, 9}))).then(out)
    assert after.state.corrected(SHEET.found) == {"Region": {3: "EMEA", 5: "EMEA"}}


def test_rows_are_left_out_as_a_whole_so_that_they_can_come_back() -> None:
    out = CorrectionsChanged(1, ADA, 0, 2, leave_out=packed({4, 9}))
    back = CorrectionsChanged(1, ADA, 0, 1, take_in=packed({4}))
    draft(out).when(replace(CHANGE, left_out=frozenset({9}))).then(back)


def test_rows_that_an_earlier_release_left_out_are_taken_in_again() -> None:
    out = CorrectionsChanged(1, ADA, 0, 2, left_out=((4, 5),))
    draft(out).when(replace(CHANGE, left_out=frozenset({5}))).then(
        CorrectionsChanged(1, ADA, 0, 1, take_in=packed({4}))
    )


SUGGESTED = Suggestion("Region", "region_unknown", "UK", "UKI", (3, 4, 5))
WITH_SUGGESTIONS = replace(CHANGE, sheet=replace(SHEET, suggestions=(SUGGESTED,)))


def test_suggestions_are_accepted_once_by_the_code_of_their_error() -> None:
    accept = replace(WITH_SUGGESTIONS, accept="region_unknown")
    accepted = CorrectionsChanged(1, ADA, 3, 0, accepted="region_unknown")
    after = draft().when(accept).then(accepted)
    after.when(accept).then_nothing()
    assert after.state.corrected({}, (SUGGESTED,)) == {"Region": {3: "UKI", 4: "UKI", 5: "UKI"}}
    draft(accepted).when(ApplyCorrections(BEN, OPEN, REUPLOAD_ID)).then(CorrectionsApplied(BEN, REUPLOAD_ID))
    draft().when(replace(accept, accept="title_required")).then(
        replace(accepted, accepted="title_required", changed_cells=0)
    )


def test_a_suggestion_is_declined_for_a_cell_and_for_a_value() -> None:
    accepted = CorrectionsChanged(1, ADA, 3, 0, accepted=ALL)
    cell, value = (CellCorrection(4, "Region", None),), (Replacement("Region", "UK", None),)
    declined = CorrectionsChanged(1, ADA, 2, 0, cell)
    after = draft(accepted).when(replace(WITH_SUGGESTIONS, cells=cell)).then(declined)
    after = after.when(replace(WITH_SUGGESTIONS, replacements=value)).then(CorrectionsChanged(1, ADA, 0, 0, (), value))
    again = replace(WITH_SUGGESTIONS, accept=ALL)
    after.when(again).then(CorrectionsChanged(1, ADA, 3, 0, accepted=ALL)).when(again).then_nothing()
    draft(declined).when(replace(WITH_SUGGESTIONS, cells=cell)).then_nothing()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (replace(CHANGE, seen=2, cells=(CELL,)), "review_changed"),
        (replace(CHANGE, cells=(replace(CELL, row=1),)), "unknown_row"),
        (replace(CHANGE, left_out=frozenset({100})), "unknown_row"),
        (replace(CHANGE, cells=(replace(CELL, column="region"),)), "unknown_column"),
        (replace(CHANGE, replacements=(Replacement("Shoe", None, "9"),)), "unknown_column"),
        (replace(CHANGE, cells=(CELL, replace(CELL, row=4)), most_cells=1), "too_many_cells"),
        (
            replace(CHANGE, replacements=(Replacement("Title", "x", "y"), *REPLACED.replacements), most_cells=1),
            "too_many_cells",
        ),
        (ApplyCorrections(ADA, OPEN, REUPLOAD_ID), "nothing_corrected"),
        (ApplyCorrections(ADA, OPEN, REUPLOAD_ID, 2), "review_changed"),
    ],
)
def test_what_cannot_be_corrected_is_refused(command: Any, code: CorrectionCode) -> None:
    draft().when(command).then_refused(CorrectionRefused, code=code)


@pytest.mark.parametrize("status", ["validating", "processing", "completed", "cancelled", "superseded"])
@pytest.mark.parametrize(
    "command",
    [replace(CHANGE, cells=(CELL,)), ForgetCorrections(ADA, OPEN), ApplyCorrections(ADA, OPEN, REUPLOAD_ID)],
)
def test_a_batch_is_corrected_while_its_review_is_open(command: Any, status: Any) -> None:
    draft(CORRECTED).when(replace(command, subject=Subject(status, 1))).then_refused(
        CorrectionRefused, code="not_correctable"
    )


def test_cells_up_to_the_limit_are_taken_with_those_before() -> None:
    two = replace(CHANGE, cells=(replace(CELL, row=4),), most_cells=2)
    assert draft(CORRECTED).when(two).events
    draft(CORRECTED).when(replace(two, most_cells=1)).then_refused(CorrectionRefused, code="too_many_cells", most=1)


def test_another_review_of_the_same_file_keeps_the_draft() -> None:
    later = replace(CHANGE, subject=Subject("ready_for_review", 2), seen=2, cells=(replace(CELL, row=4),))
    after = draft(CORRECTED).when(later).then(CorrectionsChanged(2, ADA, 2, 0, later.cells))
    assert set(after.state.cells) == {(3, "Region"), (4, "Region")}


def test_a_draft_is_forgotten_once() -> None:
    forget = ForgetCorrections(BEN, OPEN)
    draft(CORRECTED).when(forget).then(CorrectionsForgotten(BEN)).when(forget).then_nothing()


def test_a_draft_is_applied() -> None:
    draft(CORRECTED).when(ApplyCorrections(BEN, OPEN, REUPLOAD_ID)).then(CorrectionsApplied(BEN, REUPLOAD_ID))


@pytest.mark.parametrize("status", ["validating", "needs_correction", "completed", "cancelled", "superseded"])
@pytest.mark.parametrize(
    "code",
    ["review_changed", "not_correctable", "nothing_corrected", "unknown_row", "unknown_column", "too_many_cells"],
)
def test_every_refusal_has_a_sentence_that_says_what_to_do(code: CorrectionCode, status: Any) -> None:
    refused = CorrectionRefused(code, status, row=7, column="Shoe", most=9)
    said = messages.correction_refused(refused)(row=7, column="Shoe", most=9).detail
    assert len(said.split()) > 8 and said.endswith(".")


ROWS = st.integers(2, 12)
VALUES = st.none() | st.sampled_from(["", "EMEA", "APAC"])
CHANGES = st.builds(
    CorrectionsChanged,
    st.just(1),
    st.just(ADA),
    st.just(0),
    st.just(0),
    st.lists(st.builds(CellCorrection, ROWS, st.just("Region"), VALUES), max_size=3).map(tuple),
    st.lists(st.builds(Replacement, st.just("Region"), st.sampled_from([None, "UK"]), VALUES), max_size=2).map(tuple),
    st.none() | st.frozensets(ROWS).map(ranges_of),
    st.frozensets(ROWS, max_size=3).map(packed),
    st.frozensets(ROWS, max_size=3).map(packed),
    st.sampled_from([None, ALL, "region_unknown", "title_required"]),
)
SUGGESTIONS = (replace(SUGGESTED, rows=(3, 4)), Suggestion("Region", "region_unknown", "DACH", "EMEA", (6,)))


@any_of(st.lists(CHANGES | st.just(CorrectionsForgotten(BEN)), max_size=8))
def test_what_a_draft_comes_to_is_the_last_word_on_each_cell(history: list[CorrectionsEvent]) -> None:
    found: dict[Old, tuple[int, ...]] = {UK: (3, 4), ("Region", None): (5,)}
    state = CORRECTIONS.fold(history)
    said = state.corrected(found).get("Region", {})
    begin = 1 + max((at for at, event in enumerate(history) if isinstance(event, CorrectionsForgotten)), default=-1)
    for row in range(2, 13):
        cell: str | None = None
        whole: dict[str | None, str | None] = {}
        out = False
        for event in history[begin:]:
            assert isinstance(event, CorrectionsChanged)
            for each in event.cells:
                cell = each.value if each.row == row else cell
            whole |= {each.old: each.new for each in event.replacements}
            out = out if event.left_out is None else row in rows_of(event.left_out)
            out = (out or row in unpacked(event.leave_out)) and row not in unpacked(event.take_in)
        old = next((old for (_, old), rows in found.items() if row in rows), "nothing")
        expected = None if out else cell if cell is not None else whole.get(old)
        assert said.get(row) == expected


@any_of(st.lists(CHANGES | st.just(CorrectionsForgotten(BEN)), max_size=8))
def test_suggestions_are_taken_where_nothing_else_is_said_since(history: list[CorrectionsEvent]) -> None:
    found: dict[Old, tuple[int, ...]] = {UK: (3, 4), ("Region", None): (5,)}
    state = CORRECTIONS.fold(history)
    without, said = state.corrected(found), state.corrected(found, SUGGESTIONS)
    taken = {row for _, rows in state.taken(SUGGESTIONS) for row in rows}
    region = without.get("Region", {})
    assert {row: new for row, new in said.get("Region", {}).items() if row not in taken} == region
    assert not taken & (region.keys() - state.left_out)
    if not {ALL, "region_unknown"} & state.accepted:
        assert not taken


@any_of(st.lists(CHANGES | st.just(CorrectionsForgotten(BEN)), max_size=8))
def test_a_history_is_folded_at_once_as_it_is_event_by_event(history: list[CorrectionsEvent]) -> None:
    assert fold(history) == CORRECTIONS.fold(history)


@any_of(st.frozensets(st.integers(0, 1_048_576), max_size=50) | st.frozensets(st.integers(0, 300)))
def test_packed_rows_are_the_same_rows(rows: frozenset[int]) -> None:
    assert unpacked(packed(rows)) == rows


def test_many_rows_are_kept_in_few_bytes() -> None:
    assert len(packed(range(2, 150_002, 2))) < 200
    assert len(packed({150_000})) < 100


@any_of(st.frozensets(st.integers(1, 60)))
def test_ranges_say_the_same_rows(rows: frozenset[int]) -> None:
    ranges = ranges_of(rows)
    assert frozenset(rows_of(ranges)) == rows
    assert all(after[0] > before[1] + 1 for before, after in pairwise(ranges))


def test_evolving_never_changes_the_draft_before() -> None:
    before = CORRECTIONS.fold([CORRECTED])
    evolve(before, REPLACED)
    assert before == CORRECTIONS.fold([CORRECTED])


COMPANY = CompanySettings(
    "Northwind",
    sso_domains=("northwind.example",),
    functional_areas=("Sales", "Finance"),
    custom_fields=(CustomField("Badge", required=True), CustomField("Contract", values=("Perm", "Temp"))),
)
NEW, KNOWN = AboutRow("ann@northwind.example"), AboutRow("ann@northwind.example", new=False)


@pytest.mark.parametrize(
    ("column", "value", "about", "codes"),
    [
        ("Email", "", NEW, ["email_required"]),
        ("Email", "ann@northwind", NEW, ["email_invalid"]),
        ("Email", "ann@gmail.com", NEW, ["email_not_sso_domain"]),
        ("Email", "ann@gmail.com", KNOWN, []),
        ("Email", "ann@northwind.example", NEW, []),
        ("Functional Area", "sales", NEW, []),
        ("Functional Area", "Sale", NEW, ["functional_area_unknown"]),
        ("Functional Area", "", NEW, ["functional_area_required"]),
        ("Functional Area", "", KNOWN, []),
        ("Title", "x" * 151, NEW, ["too_long"]),
        ("First Name", "A\u202enn", NEW, ["illegal_characters"]),
        ("Reports To", "", NEW, []),
        ("Reports To", "bo", NEW, ["reports_to_invalid"]),
        ("Reports To", "Ann@Northwind.example", NEW, ["reports_to_self"]),
        ("Badge", "", NEW, ["custom_field_required"]),
        ("Contract", "Zero", NEW, ["custom_field_unknown_value"]),
        ("A field of before", "x", NEW, []),
    ],
)
def test_a_value_is_checked_by_the_rules_of_values_and_lists(
    column: str, value: str, about: AboutRow, codes: list[str]
) -> None:
    assert [error.code for error in ValueCheck(COMPANY).errors(column, value, about)] == codes


@pytest.mark.parametrize(
    ("value", "codes"),
    [("command; value, framework", []), ("Comand", ["methodology_unknown"]), ("", [])],
)
def test_methodologies_are_checked_as_in_a_file(value: str, codes: list[str]) -> None:
    ours = (Methodology("command", "Command of the Message"), Methodology("value", "Value, Framework"))
    check = ValueCheck(CompanySettings("Northwind", methodologies=ours))
    assert [error.code for error in check.errors("Methodology Access", value, AboutRow("ann@x.example"))] == codes
    assert "Methodology Access" in check.columns and check.several("Methodology Access")
    none = ValueCheck(CompanySettings("Northwind"))
    assert "Methodology Access" not in none.columns
    assert [error.code for error in none.errors("Methodology Access", value, AboutRow(""))] == (
        ["methodology_unknown"] if value else []
    )
