"""The address of *Ask for more*, filled in with what is missing."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from services.upload.web.cursor_pagination import address
from shared.http.problems import Problem

PATH = "/access/ask"
OF_METHODOLOGY = "of."
"""Before a methodology's id: how many seats of it."""


def ask_link(licenses: int = 0, methodologies: Mapping[str, int] | None = None, batch: object = None) -> str:
    """Where more is asked for; `batch`: the id of the one that needs it."""
    seats = {OF_METHODOLOGY + one: str(count) for one, count in (methodologies or {}).items() if count > 0}
    places = {"licenses": str(licenses) if licenses > 0 else "", "batch": str(batch or "")}
    return address(PATH, {**places, **seats})


def missing_seats(refused: Problem) -> dict[str, int]:
    """How many seats there are too few, by methodology, as a refusal says; none where it is about something else."""
    if refused.code != "methodology_seats_exceeded":
        return {}
    pools = cast("Sequence[Mapping[str, Any]]", refused.extra.get("methodologies", ()))
    return {str(pool["id"]): int(pool["requested"]) - int(pool["available"]) for pool in pools}


def missing_licenses(refused: Problem) -> int:
    """How many licenses there are too few, as a refusal says; 0 where it is about something else."""
    if refused.code != "licenses_exceeded":
        return 0
    return int(refused.extra.get("requested", 1)) - int(refused.extra.get("available", 0))
