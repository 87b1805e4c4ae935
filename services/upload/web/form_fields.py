"""The fields of a user as a form has them: standard ones and the company's own, each with its errors beside it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.upload.web.licensing_models import User
from shared.people.profile import STANDARD_FIELDS, StandardField
from usher_contracts import CompanyChanged

OWN = "own."
"""Before a custom field's name, so that it never meets a standard field's."""
TAKE = "take."
"""Before a field's name: a button that takes what is suggested for it."""
WAS = "was."
"""Before a field's name: what it held when the form was opened."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with a value, and a known one that is near."""

    message: str
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class Field:
    """One field: `column` is its name in sheets and errors, `choices` None where any text goes."""

    name: str
    column: str
    choices: Sequence[str] | None
    required: bool
    value: str = ""
    was: str = ""
    mistakes: Sequence[FieldError] = ()
    blanked: bool = False
    """Whether it was chosen to become blank."""
    taken: bool = False
    """Whether a suggestion has just been taken for it."""

    @property
    def options(self) -> Sequence[str]:
        """What can be chosen; a present value that the list no longer has stays until it is changed."""
        kept = [self.was] if self.was and self.was not in (self.choices or ()) else []
        return [*kept, *(self.choices or ())]

    @property
    def own(self) -> bool:
        """Whether the company defined it."""
        return self.name.startswith(OWN)

    @property
    def id(self) -> str:
        """For labels and descriptions: a custom field's name may have spaces in it."""
        return "".join(each if each.isalnum() or each == "_" else f"-{ord(each):x}" for each in self.name)


def fields_of(company: CompanyChanged | None) -> list[Field]:
    """The fields of a company's users, empty."""
    standard = [
        Field(each.key, each.column, listed_by(company, each) or None, bool(each.required)) for each in STANDARD_FIELDS
    ]
    own = company.custom_fields if company else ()
    return standard + [Field(OWN + each.name, each.name, each.values or None, each.required) for each in own]


def listed_by(company: CompanyChanged | None, field: StandardField) -> Sequence[str]:
    """What the company's list for a standard field has, nothing where there is none."""
    return getattr(company, field.listed_in) if company and field.listed_in else ()


def holding(fields: Sequence[Field], user: User) -> list[Field]:
    """The fields with what the user has."""

    def present(field: Field) -> str:
        if field.own:
            return user.custom_fields.get(field.column, "")
        return getattr(user, field.name) or ""

    return [replace(field, value=present(field), was=present(field)) for field in fields]


def posted(fields: Sequence[Field], form: Mapping[str, str]) -> list[Field]:
    """The fields as a form brought them; one that the form left out stays as it is."""
    return [
        replace(field, value=form.get(field.name, field.value).strip(), was=form.get(WAS + field.name, field.was))
        for field in fields
    ]


def took(sent: Mapping[str, object]) -> bool:
    """Whether a form was sent to take a suggestion, and nothing else."""
    return any(name.startswith(TAKE) for name in sent)


def taken(fields: Sequence[Field], sent: Mapping[str, str | Sequence[str]]) -> list[Field]:
    """The fields with the suggestion that was taken."""

    def value(field: Field) -> str:
        given = sent.get(TAKE + field.name, field.value)
        return given if isinstance(given, str) else given[-1]

    return [replace(field, value=value(field), taken=TAKE + field.name in sent) for field in fields]


def blanked(fields: Sequence[Field], names: Collection[str]) -> list[Field]:
    """The fields, those with these names chosen to become blank; one that is required can't be."""
    return [replace(field, blanked=field.name in names and not field.required) for field in fields]


def body(fields: Sequence[Field], included: Callable[[Field], bool]) -> dict[str, Any]:
    """The included fields as licensing takes them: blank is null, custom fields by their own names."""
    chosen = [field for field in fields if included(field)]
    own = {field.column: field.value or None for field in chosen if field.own}
    standard = {field.name: field.value or None for field in chosen if not field.own}
    return {**standard, **({"custom_fields": own} if own else {})}


def filled(fields: Sequence[Field]) -> dict[str, Any]:
    """What was filled in, for somebody new."""
    return body(fields, lambda field: bool(field.value))


def changed(fields: Sequence[Field]) -> dict[str, Any]:
    """What this form changed; what others changed since it was opened is left alone."""
    return body(fields, lambda field: field.value != field.was)


def judged(fields: Sequence[Field], errors: Sequence[Mapping[str, Any]]) -> tuple[list[Field], list[str]]:
    """The fields with their errors beside them, and the messages that belong to none of them."""
    columns = {field.column for field in fields}
    beside = [
        replace(field, mistakes=[_mistake(each) for each in errors if each.get("column") == field.column])
        for field in fields
    ]
    return beside, [str(each.get("message", "")) for each in errors if each.get("column") not in columns]


def _mistake(error: Mapping[str, Any]) -> FieldError:
    suggestion = error.get("suggestion")
    return FieldError(str(error.get("message", "")), str(suggestion) if suggestion else None)
