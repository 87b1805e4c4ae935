"""Which methodologies a text names: by name or id, several in one cell, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.people.codes import kind_of
from shared.people.columns import Headers, reserved
from shared.people.methodologies import Methodologies, Named
from shared.people.model import CompanySettings, CustomField, Finding, Methodology
from shared.people.profile import METHODOLOGY_COLUMN

COMMAND, VALUE, COACHING = "command", "value", "coaching-1"
OURS = (
    Methodology(COMMAND, "Command of the Message"),
    Methodology(VALUE, "Value, Framework & Proof"),
    Methodology(COACHING, "Opportunity-Coaching"),
)
COMPANY = CompanySettings("Northwind", methodologies=OURS)
METHODOLOGIES = Methodologies(OURS)


@pytest.mark.parametrize(
    "text",
    [
        "Command of the Message, Opportunity-Coaching",
        "Command of the Message;Opportunity-Coaching",
        "Command of the Message\nOpportunity-Coaching",
        "Command of the Message\r\nOpportunity-Coaching\r\n",
        "Opportunity-Coaching; command of the message",
        "COMMAND,\u00a0COACHING-1",
        " command ,, coaching-1 ; ",
        "command, Command of the Message, coaching-1, COMMAND",
        "Command  of the Message\u3001Opportunity\u2010Coaching",
        "Command of the\u200b Message；coaching-1",
        "Command of\nthe Message, Opportunity-Coaching",
    ],
)
def test_several_are_parted_as_people_part_them(text: str) -> None:
    assert METHODOLOGIES.read(text) == Named((COMMAND, COACHING))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Value, Framework & Proof", (VALUE,)),
        ("value, framework & proof, command", (COMMAND, VALUE)),
        ("command;Value, Framework & Proof;coaching-1", (COMMAND, VALUE, COACHING)),
    ],
)
def test_a_name_with_a_comma_in_it_is_one_name(text: str, ids: tuple[str, ...]) -> None:
    assert METHODOLOGIES.read(text) == Named(ids)


def test_a_name_goes_before_the_id_of_another() -> None:
    crossed = Methodologies((Methodology("one", "Two"), Methodology("two", "Three")))
    assert crossed.read("two, three").ids == ("one", "two")


def test_what_is_not_known_is_named_once_beside_what_is() -> None:
    assert METHODOLOGIES.read("Valu; command; Sales Pro; Valu") == Named((COMMAND,), ("Valu", "Sales Pro"))


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Comand of the Message", "Command of the Message"),
        ("comand", "Command of the Message"),
        ("Comand of the Message; coaching-1", "Command of the Message, Opportunity-Coaching"),
        ("Value Framework & Proof", "Value, Framework & Proof"),
        ("command, Zebra", None),
        ("Comand of the Message, Zebra", None),
    ],
)
def test_the_error_suggests_what_the_whole_cell_may_mean(text: str, suggestion: str | None) -> None:
    found = METHODOLOGIES.check(text)
    assert isinstance(found, Finding)
    assert (found.code, found.column, found.suggestion) == ("methodology_unknown", METHODOLOGY_COLUMN, suggestion)
    assert kind_of(found.code) == "list"


def test_the_error_repeats_the_cell_in_one_line() -> None:
    found = METHODOLOGIES.check("Command\n Zebra ")
    assert isinstance(found, Finding)
    assert found.value == "Command, Zebra"
    assert found.message.startswith("“Zebra” is not one of your methodologies. Use Command of the Message,")


def test_of_several_unknown_ones_the_error_names_all() -> None:
    found = METHODOLOGIES.check("Zebra, Yak")
    assert isinstance(found, Finding)
    assert found.message.startswith("“Zebra” and “Yak” are not among your methodologies.")


def test_a_company_without_any_says_so() -> None:
    found = Methodologies(()).check("Command")
    assert isinstance(found, Finding)
    assert (found.code, found.suggestion) == ("methodology_unknown", None)
    assert "your company has no methodologies" in found.message


def test_control_characters_are_told_as_in_each_other_column() -> None:
    found = METHODOLOGIES.check("command\x00")
    assert isinstance(found, Finding)
    assert found.code == "illegal_characters"


def test_a_text_that_nobody_writes_is_one_unknown_name() -> None:
    assert len(METHODOLOGIES.read("," * 20_000 + "x").unknown) == 1


names = st.text(st.sampled_from("ab ,;-、"), min_size=1, max_size=8).map(lambda text: " ".join(text.split()))
companies = st.lists(
    st.tuples(st.text(st.sampled_from("ab-1"), min_size=1, max_size=4), names.filter(bool)),
    max_size=6,
    unique_by=(lambda each: each[0], lambda each: each[1]),
).map(lambda found: tuple(Methodology(key, name) for key, name in found))


@given(companies, st.data())
def test_what_is_written_is_read_again(company: tuple[Methodology, ...], data: st.DataObject) -> None:
    ids = [each.id for each in company]
    chosen = data.draw(st.sets(st.sampled_from(ids)) if ids else st.just(set[str]()))
    ours = Methodologies(company)
    assert ours.read(ours.written(chosen)) == Named(tuple(key for key in ids if key in chosen))


@given(companies, st.text(st.sampled_from("ab ,;-、\n"), max_size=20))
def test_every_text_is_read(company: tuple[Methodology, ...], text: str) -> None:
    ours = Methodologies(company)
    found = ours.check(text)
    if isinstance(found, Finding):
        assert found.suggestion is None or not ours.read(found.suggestion).unknown
    else:
        assert set(found) <= {each.id for each in company}


# --- the column


@pytest.mark.parametrize(
    "header",
    [
        "Methodology Access",
        "methodology_access",
        "METHODOLOGY ACCESS *",
        "Methodology",
        "Methodologies",
        "Methodik",
        "方法論",
    ],
)
def test_its_header_is_known_where_the_company_has_methodologies(header: str) -> None:
    assert [each.key for each in Headers(COMPANY).meanings(["Email", header])] == ["email", "methodologies"]


@pytest.mark.parametrize(
    ("header", "key"), [("Methodology Access", "methodologies"), ("Methodology", None), ("Methodik", None)]
)
def test_where_it_has_none_only_the_standard_name_means_it(header: str, key: str | None) -> None:
    assert [each.key for each in Headers(CompanySettings("N")).meanings(["Email", header])] == ["email", key]


def test_an_own_field_of_that_name_stays_one_where_the_company_has_none() -> None:
    own = (CustomField("Methodology Access"), CustomField("Methodology"))
    found = Headers(CompanySettings("N", custom_fields=own)).meanings(["Methodology Access", "Methodology"])
    assert [each.key for each in found] == ["custom_fields.Methodology Access", "custom_fields.Methodology"]
    has_both = Headers(CompanySettings("N", custom_fields=own, methodologies=OURS))
    assert [each.key for each in has_both.meanings(["Methodology Access", "Methodology"])] == [
        "methodologies",
        "custom_fields.Methodology",
    ]
    assert reserved("methodology access") and reserved("methodologies") and not reserved("Methodology")


def test_a_column_can_be_said_to_be_it_where_the_company_has_any() -> None:
    assert Headers(COMPANY).field("methodology access") == "methodologies"
    assert "methodologies" in Headers(COMPANY).fields
    assert Headers(CompanySettings("N")).field("Methodology Access") is None
    assert "methodologies" not in Headers(CompanySettings("N")).fields
