"""Why a command is not carried out: a code, and what was asked for of a batch in which state. messages.py says it."""

from typing import Literal

Code = Literal["review_changed", "not_ready", "already_confirmed", "cancelled", "superseded"]
Action = Literal["confirm", "revalidate", "cancel", "replace"]
State = Literal[
    "not_uploaded", "validating", "needs_correction", "ready_for_review", "confirmed", "cancelled", "superseded"
]


class Refused(Exception):
    """A command that is answered with `code`, which is stable, and recorded nowhere."""

    def __init__(self, code: Code, action: Action, state: State) -> None:
        super().__init__(code)
        self.code: Code = code
        self.action: Action = action
        self.state: State = state
