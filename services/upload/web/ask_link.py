"""The address of *Ask for more*, filled in with what is missing."""

from collections.abc import Mapping

from services.upload.web.cursor_pagination import address

PATH = "/access/ask"
OF_METHODOLOGY = "of."
"""Before a methodology's id: how many seats of it."""


def ask_link(licenses: int = 0, methodologies: Mapping[str, int] | None = None, batch: object = None) -> str:
    """Where more is asked for; `batch`: the id of the one that needs it."""
    seats = {OF_METHODOLOGY + one: str(count) for one, count in (methodologies or {}).items() if count > 0}
    places = {"licenses": str(licenses) if licenses > 0 else "", "batch": str(batch or "")}
    return address(PATH, {**places, **seats})
