"""What can be done for many users at once, declared once with what each means for them (docs/admins.md says it)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from shared.people.statuses import INVITED, Status

Action = Literal[
    "resend",
    "cancel_invitation",
    "assign_manager",
    "update_fields",
    "grant_methodology",
    "withdraw_methodology",
    "deactivate",
    "reactivate",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionFacts:
    """What is so of an action."""

    offered_to: Collection[Status] = ()
    """On the page of a user who has one of these statuses it stands beside the form."""
    moves_others: bool = False
    """It can move who reports to the users."""
    takes_licenses: bool = False
    names_methodology: bool = False
    """It says which methodology it is about."""
    spares_oneself: bool = False
    """Nobody can do it to themselves."""
    removes: bool = False
    """The users leave the list."""
    harsh: bool = False
    """It takes something away: its button says so by its colour."""


FACTS: Mapping[Action, ActionFacts] = {
    "resend": ActionFacts(offered_to=INVITED),
    "cancel_invitation": ActionFacts(offered_to=INVITED, moves_others=True, removes=True, harsh=True),
    "assign_manager": ActionFacts(),
    "update_fields": ActionFacts(),
    "grant_methodology": ActionFacts(names_methodology=True),
    "withdraw_methodology": ActionFacts(names_methodology=True, harsh=True),
    "deactivate": ActionFacts(offered_to=("active",), moves_others=True, spares_oneself=True, harsh=True),
    "reactivate": ActionFacts(offered_to=("inactive",), moves_others=True, takes_licenses=True),
}

ACTIONS: tuple[Action, ...] = get_args(Action)
"""In the order in which My Team offers them."""


def for_many(*, methodologies: bool) -> Sequence[Action]:
    """What My Team offers for who is selected; methodologies: the company has bought seats of some."""
    return [action for action in ACTIONS if methodologies or not FACTS[action].names_methodology]


def offered(status: Status, *, myself: bool) -> Sequence[Action]:
    """What a user's own page offers beside the form; myself: they look at it."""
    spared = {action for action, facts in FACTS.items() if myself and facts.spares_oneself}
    return [action for action, facts in FACTS.items() if status in facts.offered_to and action not in spared]
