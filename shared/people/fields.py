"""The rules of the fields that are plain values, the same for a row of a file, for the form and for an edit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shared.people import messages
from shared.people.choices import Choices
from shared.people.model import CompanySettings, CustomField, Finding, Person, custom_key
from shared.people.profile import CUSTOM_LENGTH, TEXT_FIELDS, StandardField
from shared.people.text import clean, has_illegal

VALUE_SHOWN = 500  # characters of a bad value that a finding repeats

Blank = Literal["missing", "leaves", "clears"]
"""What a blank value means: of a new user that it is missing, of an existing one nothing, in an edit to clear it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The list that a field's values come from, and what is said of a text that is not in it (text, near miss)."""

    choices: Choices
    unknown: Callable[[str, str | None], Finding]


@dataclass(frozen=True, slots=True)
class Field:
    """One column as a company has it. `required`: what is said of a new user without a value, None if that is fine."""

    key: str
    column: str
    limit: int
    required: Finding | None = None
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """What the fields hold: by key, None for cleared, absent for untouched or bad."""

    values: Mapping[str, str | None]
    errors: tuple[Finding, ...]


def _standard(field: StandardField, company: CompanySettings) -> Field:
    assert field.max_length is not None
    required = Finding(f"{field.key}_required", field.column, field.required()) if field.required else None
    return Field(field.key, field.column, field.max_length, required, _listed(field, company))


def _listed(field: StandardField, company: CompanySettings) -> Listed | None:
    """An empty list allows anything."""
    values: Sequence[str] = getattr(company, field.listed_in) if field.listed_in else ()
    say = field.unknown
    if not values or say is None:
        return None
    choices, code = Choices(values), f"{field.key}_unknown"
    return Listed(
        choices,
        lambda text, near: Finding(code, field.column, say(text, choices.values, near), shown(text), near),
    )


def _custom(field: CustomField) -> Field:
    name = field.name
    required = Finding("custom_field_required", name, messages.custom_field_required(name)) if field.required else None
    if not field.values:
        return Field(custom_key(name), name, CUSTOM_LENGTH, required)
    choices = Choices(field.values)
    return Field(
        custom_key(name),
        name,
        CUSTOM_LENGTH,
        required,
        Listed(
            choices,
            lambda text, near: Finding(
                "custom_field_unknown_value",
                name,
                messages.custom_field_unknown_value(name, text, choices.values, near),
                shown(text),
                near,
            ),
        ),
    )


def fields_of(company: CompanySettings) -> tuple[Field, ...]:
    """The company's fields but for Email and Reports To, in the template's order."""
    standard = (_standard(field, company) for field in TEXT_FIELDS)
    return (*standard, *(_custom(field) for field in company.custom_fields))


def shown(value: str) -> str:
    """A bad value as a finding repeats it: a cell can hold 32,767 characters, and 150,000 of these nobody reads."""
    return value if len(value) <= VALUE_SHOWN else value[: VALUE_SHOWN - 1] + "…"


def _judged(field: Field, text: str, present: str) -> str | Finding:
    """A value that is not blank, as it is stored, or what is wrong with it. What someone already has stays allowed, so
    that an exported list can be uploaded again after the company's own list changed."""
    if has_illegal(text):
        return Finding("illegal_characters", field.column, messages.illegal_characters(field.column), shown(text))
    if listed := field.listed:
        match = listed.choices.match(text) or (text if text == present else None)
        return match or listed.unknown(text, listed.choices.near(text))
    if len(text) > field.limit:
        return Finding("too_long", field.column, messages.too_long(field.column, field.limit, len(text)), shown(text))
    return text


def check(
    fields: Sequence[Field],
    texts: Mapping[str, str | None],
    person: Person | None,
    blank: Blank,
    broken: Mapping[str, str] | None = None,
) -> Values:
    """The given texts by key against the rules. `person` is the user whom they are about, None for a new one; `broken`
    the keys of cells that hold no value at all. A key that is absent is blank, but in an edit it is untouched."""
    values: dict[str, str | None] = {}
    errors: list[Finding] = []
    for field in fields:
        key = field.key
        if broken and key in broken:
            errors.append(Finding("cell_error", field.column, messages.cell_error(broken[key]), broken[key] or None))
            continue
        if blank == "clears" and key not in texts:
            continue
        text = clean(texts.get(key) or "")
        if text:
            found = _judged(field, text, person.value(key) if person else "")
            if isinstance(found, Finding):
                errors.append(found)
            else:
                values[key] = found
        elif field.required and blank != "leaves":
            said = messages.cannot_be_blank(field.column)
            errors.append(replace(field.required, message=said) if blank == "clears" else field.required)
        elif blank == "clears":
            values[key] = None
    return Values(values, tuple(errors))
