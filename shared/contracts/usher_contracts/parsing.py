"""From a record's `ce_type` and value to a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from pydantic import ValidationError

from usher_contracts.base import Event
from usher_contracts.catalogue import EVENTS

Upcaster = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]
"""An old version's data → the next version's type and data. They chain until a present type is reached."""

BY_TYPE: Mapping[str, type[Event]] = {event.type: event for event in EVENTS}
UPCASTERS: Mapping[str, Upcaster] = {}
"""Old types that are still read. Empty: every event is at its first version."""


class UnknownType(Exception):
    """A type that this version of the package does not know. Skip it, and count it."""


class Undecodable(Exception):
    """Bytes that are not this type's JSON. The message names fields, never their values."""


def parse(ce_type: str, data: bytes | str, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> Event:
    """A record's value as a model.

    In: the header `ce_type` and the record's value. Out: the model of that type; of an old type, the present one.
    Raises UnknownType or Undecodable. A tombstone (no value) is not an event: look for it first.
    """
    model = BY_TYPE.get(ce_type)
    try:
        if model is not None:
            return model.model_validate_json(data)
        if ce_type not in upcasters:
            raise UnknownType(ce_type)
        return _upcast(ce_type, json.loads(data), upcasters)
    except ValidationError as error:
        raise Undecodable(f"{ce_type}: {_reasons(error)}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Undecodable(f"{ce_type}: not JSON ({error.__class__.__name__})") from None


def _upcast(ce_type: str, data: object, upcasters: Mapping[str, Upcaster]) -> Event:
    while (upcaster := upcasters.get(ce_type)) is not None:
        if not isinstance(data, dict):
            raise Undecodable(f"{ce_type}: not a JSON object")
        ce_type, data = upcaster(cast(dict[str, Any], data))
    model = BY_TYPE.get(ce_type)
    if model is None:
        raise UnknownType(ce_type)
    return model.model_validate(data)


def _reasons(error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['type']}" for e in found[:5])
