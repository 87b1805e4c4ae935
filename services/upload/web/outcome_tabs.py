"""Tabs over a batch's rows by outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.upload.web.cursor_pagination import address
from services.upload.web.ports import Counts

TABS: Mapping[str, str] = {
    "invited": "invite",
    "changed": "change",
    "unchanged": "unchanged",
    "warned": "warning",
    "wrong": "error",
}
"""A tab's name in the address, and the label of the rows that it shows."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab with the number of its rows."""

    name: str
    link: str
    count: int
    chosen: bool


def chosen(asked: str, counts: Counts) -> str:
    """The tab to show: the one asked for, else the first that has rows."""
    if asked in TABS:
        return asked
    return next((name for name, label in TABS.items() if getattr(counts, label)), "invited")


def tabs(path: str, counts: Counts, which: str) -> Sequence[Tab]:
    """The tabs: the three outcomes always, warnings and errors where there are any."""
    shown = [name for name, label in TABS.items() if getattr(counts, label) or name not in ("warned", "wrong")]
    return [Tab(name, address(path, {"tab": name}), getattr(counts, TABS[name]), name == which) for name in shown]
