"""The profile of a user: its standard fields, each declared once, and the classes that hold them. Headers, the
template, forms, filters, what a change is, tables and exports are made from these declarations or held to them
(tests/unit/test_language_of_a_user.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Struct
from pydantic import BaseModel, Field

from shared.people import header_words, messages
from shared.people.header_words import Words

EMAIL = "email"
FIRST_NAME = "first_name"
LAST_NAME = "last_name"
REGION = "region"
REPORTS_TO = "reports_to"
METHODOLOGIES = "methodologies"
TITLE = "title"
NAME_LENGTH, TITLE_LENGTH, ENTRY_LENGTH, CUSTOM_LENGTH = 100, 150, 100, 500
"""Characters (docs/admins.md). A free functional area or region is held to what an entry of a list may have."""

ListedIn = Literal["functional_areas", "regions"]
"""Which of a company's settings lists the values that a field may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardField:
    """One standard field. `key` is its name in events, bodies and tables, `column` its header in the template;
    `synonyms` are other headers that mean it as surely, `words` those of other lists and languages. `max_length` is in
    characters, None for an address. `required` says what is said of a new user without it, None where that is fine;
    `unknown` what is said of a text that is not in the company's list (text, choices, suggestion). `filterable`: My
    Team is filtered and grouped by it."""

    key: str
    column: str
    synonyms: Sequence[str] = ()
    words: Words = field(default_factory=dict[str, Sequence[str]])
    max_length: int | None = None
    required: Callable[[], str] | None = None
    listed_in: ListedIn | None = None
    unknown: Callable[[str, Sequence[str], str | None], str] | None = None
    filterable: bool = False


STANDARD_FIELDS = (
    StandardField(
        key=EMAIL,
        column="Email",
        synonyms=("E-mail", "Email Address", "Mail Address"),
        words=header_words.EMAIL_WORDS,
        required=messages.email_required,
    ),
    StandardField(
        key=FIRST_NAME,
        column="First Name",
        synonyms=("Given Name", "Forename"),
        words=header_words.FIRST_NAME_WORDS,
        max_length=NAME_LENGTH,
        required=messages.first_name_required,
    ),
    StandardField(
        key=LAST_NAME,
        column="Last Name",
        synonyms=("Surname", "Family Name"),
        words=header_words.LAST_NAME_WORDS,
        max_length=NAME_LENGTH,
        required=messages.last_name_required,
    ),
    StandardField(
        key="functional_area",
        column="Functional Area",
        synonyms=("Department",),
        words=header_words.FUNCTIONAL_AREA_WORDS,
        max_length=ENTRY_LENGTH,
        required=messages.functional_area_required,
        listed_in="functional_areas",
        unknown=messages.functional_area_unknown,
        filterable=True,
    ),
    StandardField(
        key=TITLE,
        column="Title",
        synonyms=("Job Title",),
        words=header_words.TITLE_WORDS,
        max_length=TITLE_LENGTH,
        filterable=True,
    ),
    StandardField(
        key=REGION,
        column="Region",
        words=header_words.REGION_WORDS,
        max_length=ENTRY_LENGTH,
        listed_in="regions",
        unknown=messages.region_unknown,
        filterable=True,
    ),
    StandardField(
        key=REPORTS_TO,
        column="Reports To",
        synonyms=("Manager", "Manager Email", "Manager Email Address", "Reports To Email"),
        words=header_words.REPORTS_TO_WORDS,
    ),
)
"""In the order of the template."""

METHODOLOGY_FIELD = StandardField(
    key=METHODOLOGIES,
    column="Methodology Access",
    synonyms=("Methodology", "Methodologies"),
    words=header_words.METHODOLOGY_WORDS,
)
"""What companies have that bought seats of methodologies: no text of the profile, but several of a list."""

METHODOLOGY_COLUMN = METHODOLOGY_FIELD.column

TEXT_FIELDS = tuple(field for field in STANDARD_FIELDS if field.max_length is not None)
"""Those that hold a plain text: all but the two addresses."""
TEXT_KEYS = tuple(field.key for field in TEXT_FIELDS)
FILTER_KEYS = tuple(field.key for field in STANDARD_FIELDS if field.filterable)
DETAIL_KEYS = tuple(key for key in TEXT_KEYS if key not in (FIRST_NAME, LAST_NAME))
"""The texts beside the names: what `ProfileFields` and `ProfileFieldsModel` have."""
REQUIRED_KEYS = tuple(field.key for field in STANDARD_FIELDS if field.required)
"""What a new user needs."""
OPTIONAL_KEYS = tuple(field.key for field in STANDARD_FIELDS if not field.required)


class ProfileFields(Struct, frozen=True, kw_only=True):
    """The texts of a profile beside the names, None where blank: for the structs of a user to inherit."""

    functional_area: str | None = None
    title: str | None = None
    region: str | None = None


T = TypeVar("T")
OptionalText = Annotated[str | None, Field(default=None)]
"""A text that may be left out of a body."""


class ProfileFieldsModel(BaseModel, Generic[T]):
    """The same for models of HTTP, whose fields are a T: a text, a text that may be left out, or several texts."""

    functional_area: T
    title: T
    region: T
