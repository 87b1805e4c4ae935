"""References to objects in stored events, in place of which others stand now. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class NewObject:
    """What stands in place of an object."""

    ref: str
    sha256: str
    size: int


def with_new_objects(document: Any, made: Mapping[str, NewObject | None]) -> Any:
    """The event's JSON with the new references, and with their hashes and sizes where these stand beside. What is gone
    is referred to as ever: who looks for it hears that it is no longer kept."""
    match document:
        case Mapping():
            found = cast("Mapping[str, Any]", document)
            new = made.get(ref) if isinstance(ref := found.get("ref"), str) else None
            said = {"ref": new.ref, "sha256": new.sha256, "size": new.size} if new else {}
            return {key: said[key] if key in said else with_new_objects(value, made) for key, value in found.items()}
        case list():
            return [with_new_objects(each, made) for each in cast("list[Any]", document)]
        case str():
            new = made.get(document)
            return new.ref if new else document
        case _:
            return document
