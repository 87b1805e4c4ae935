"""What a review presumes of the company's settings: that what a row was taken for is still what it would be taken for.

A review is confirmed later than it was made. Where the settings are the same, their digest says so; where they are not,
each value that would come in anew is judged by them once more. What a user has already may stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

import orjson

from shared.people.address import parse
from shared.people.fields import check
from shared.people.model import CompanySettings
from shared.people.rules import Rules


def digest(company: CompanySettings) -> str:
    """Equal for settings by which every row means the same; the company's name is none of these."""
    own = [(field.name, field.required, field.values) for field in company.custom_fields]
    said = (company.sso_domains, company.functional_areas, company.regions, own)
    if company.methodologies:
        said = (*said, sorted(each.id for each in company.methodologies))
    return sha256(orjson.dumps(said)).hexdigest()


def new_user_holds(rules: Rules, email: str, values: Mapping[str, str]) -> bool:
    """Whether a new user with these values, by key and without Reports To, would be invited with just these."""
    address = parse(email)
    if address is None or rules.not_sso(address, email) is not None:
        return False
    found = check(rules.fields, values, None, "missing")
    return not found.errors and found.values == values


def methodologies_hold(company: CompanySettings, ids: Iterable[str]) -> bool:
    """Whether the company still has these methodologies."""
    return set(ids) <= {each.id for each in company.methodologies}


def changes_hold(rules: Rules, changes: Iterable[tuple[str, str]]) -> bool:
    """Whether each of these values, which the user has not yet, could still be written into its field, by key."""
    given = dict(changes)
    return check(rules.fields, given, None, "leaves").values == given
