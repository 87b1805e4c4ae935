"""What is asked for in an address or in the body of a search."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from scim2_models import ResponseParameters

from services.licensing.api.scim.access import Directory
from services.licensing.formats.scim.person import Unreadable
from services.licensing.messages import SCIM_NUMBER_WRONG, SCIM_SORT_UNKNOWN, SCIM_VALUE_WRONG
from services.licensing.read_models.scim_users.attributes import order_by
from services.licensing.read_models.scim_users.filter import Condition, FilterWrong, condition, everybody

MAX_RESULTS = 200
"""Resources in one answer, as ServiceProviderConfig says."""
_DEEPEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Search:
    """``order`` None: that in which they came."""

    condition: Condition
    order: Condition | None
    start: int
    count: int
    wanted: ResponseParameters[Any]


def wanted_attributes(given: Mapping[str, Any]) -> ResponseParameters[Any]:
    """`attributes` and `excludedAttributes`. Raises Unreadable."""
    try:
        return ResponseParameters[Any].model_validate(
            {key: given[key] for key in ("attributes", "excludedAttributes") if given.get(key)}
        )
    except ValidationError as error:
        what = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise Unreadable("invalidValue", SCIM_VALUE_WRONG.format(where="attributes", what=what)) from None


def search_of(given: Mapping[str, Any], who: Directory) -> Search:
    """Raises Unreadable."""
    fields = who.models.attributes
    text = given.get("filter")
    try:
        found = condition(text, fields) if isinstance(text, str) and text.strip() else everybody
    except FilterWrong as wrong:
        raise Unreadable("invalidFilter", wrong.what) from None
    order, sort_by = None, given.get("sortBy")
    if isinstance(sort_by, str) and sort_by.strip():
        descending = str(given.get("sortOrder") or "").lower() == "descending"
        order = order_by(sort_by.strip(), fields, descending=descending)
        if order is None:
            raise Unreadable("invalidPath", SCIM_SORT_UNKNOWN.format(name=sort_by))
    start, count = numbers_of(given)
    return Search(found, order, start, count, wanted_attributes(given))


def numbers_of(given: Mapping[str, Any]) -> tuple[int, int]:
    """`startIndex` and `count`. Raises Unreadable."""
    start = min(max(1, _number(given, "startIndex", 1)), _DEEPEST)
    return start, min(max(0, _number(given, "count", MAX_RESULTS)), MAX_RESULTS)


def _number(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable("invalidValue", SCIM_NUMBER_WRONG.format(name=name)) from None
