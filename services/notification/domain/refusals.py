"""Why a command is not carried out: stable codes, and facts; never sentences (messages.py)."""

from typing import Literal

Code = Literal["webhook_not_found", "too_many_webhooks", "webhook_replay_running", "webhook_off"]


class Refused(Exception):
    """A command that is answered with `code` and leaves no trace."""

    def __init__(self, code: Code, **facts: int | str) -> None:
        super().__init__(code)
        self.code: Code = code
        self.facts = facts
