"""A resource as what can be said of it, and as a profile."""

from services.licensing.application.form_validation import (
    FormValues,
    InvalidValues,
    profile_with,
    rules_of,
    tolerant,
)
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.user.state import Profile
from services.licensing.formats.scim.person import EXTERNAL_ID, Said
from services.licensing.read_models.scim_users.query import ScimUser
from services.licensing.read_models.scim_users.table import ScimRow
from shared.people.address import compare_form
from shared.people.profile import EMAIL, REPORTS_TO, TEXT_KEYS

OWN = "custom:"
"""Before the name of a field of the company's own, among attributes."""
_NOT_OF_THE_PROFILE = (EXTERNAL_ID, REPORTS_TO)


def said_of(user: ScimUser) -> Said:
    """All that is so of it."""
    texts = {EMAIL: user.email, **user.texts, EXTERNAL_ID: user.external_id, REPORTS_TO: user.manager}
    return Said(texts, user.custom_fields, user.active)


def values_of(said: Said) -> FormValues:
    """What of it is the user's profile; whom they report to is found out otherwise."""
    texts = {key: text for key, text in said.texts.items() if key not in _NOT_OF_THE_PROFILE}
    return FormValues(texts, said.custom_fields)


def whole_values(profile: Profile, said: Said) -> FormValues:
    """The profile with what is said in it."""
    present = {EMAIL: profile.email, **{key: getattr(profile, key) for key in TEXT_KEYS}}
    changed = values_of(said)
    texts = {**present, **changed.fields}
    own = {**profile.custom_fields, **changed.custom_fields}
    return FormValues({k: t for k, t in texts.items() if t}, {name: text for name, text in own.items() if text})


async def judged_profile(uow: UnitOfWork, values: FormValues) -> Profile:
    """The profile of somebody who is on no list. Raises InvalidValues."""
    rules = rules_of(await uow.settings())
    form = tolerant(rules.form(values.fields, values.custom_fields, None), rules)
    if form.errors or form.email is None:
        raise InvalidValues(form.errors)
    return profile_with(Profile(email=form.email.text), form, None, form.email.text)


def attributes_of(said: Said) -> set[str]:
    """The attributes that it has a value of."""
    own = {OWN + name for name, text in said.custom_fields.items() if text}
    return {key for key, text in said.texts.items() if text} | own


def with_clearings(said: Said, row: ScimRow | None) -> Said:
    """A whole user as the directory sends it (PUT): what it has said before and leaves out now, it takes back, and
    nobody is without an address. What others have filled in stays."""
    asserted = row.asserted if row else ()
    texts = {key: None for key in (EMAIL, *asserted) if not key.startswith(OWN)}
    own = {key.removeprefix(OWN): None for key in asserted if key.startswith(OWN)}
    return Said({**texts, **said.texts}, {**own, **said.custom_fields}, said.active)


def manager_name(text: str) -> str:
    """A manager as a directory names them, in the form in which they are looked for."""
    return compare_form(text) if "@" in text else text
