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
UNDO_TABS: Mapping[str, str] = {"cancelled": "cancel", "restored": "restore", "kept": "kept"}
"""The same of an undo."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab with the number of its rows."""

    name: str
    link: str
    count: int
    chosen: bool


def chosen(asked: str, counts: Counts) -> str:
    """The tab to show: the one asked for, else the first that has rows."""
    among = _among(counts)
    if asked in among:
        return asked
    return next((name for name, label in among.items() if getattr(counts, label)), next(iter(among)))


def label_of(tab: str) -> str:
    """The label of the rows that a tab shows."""
    return {**TABS, **UNDO_TABS}[tab]


def tabs(path: str, counts: Counts, which: str) -> Sequence[Tab]:
    """The tabs: the three outcomes always, warnings and errors where there are any."""
    among = _among(counts)
    shown = [name for name, label in among.items() if getattr(counts, label) or name not in ("warned", "wrong")]
    return [Tab(name, address(path, {"tab": name}), getattr(counts, among[name]), name == which) for name in shown]


def _among(counts: Counts) -> Mapping[str, str]:
    return TABS if counts.kept is None else UNDO_TABS
