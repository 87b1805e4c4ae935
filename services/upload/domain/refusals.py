"""Why a command is not carried out: a code, and what was asked for of a batch in which state. messages.py says it."""

from typing import Literal, get_args

Code = Literal[
    "review_changed",
    "not_ready",
    "already_confirmed",
    "cancelled",
    "superseded",
    "not_undoable",
    "awaiting_approval",
    "own_batch",
    "not_over",
]
Action = Literal["confirm", "approve", "decline", "revalidate", "choose_columns", "cancel", "replace", "undo", "tidy"]
State = Literal[
    "not_uploaded",
    "validating",
    "needs_correction",
    "ready_for_review",
    "awaiting_approval",
    "not_awaiting_approval",
    "confirmed",
    "cancelled",
    "superseded",
    "not_completed",
    "undo",
    "undone",
    "under_way",
]


class Refused(Exception):
    """A command that is answered with `code`, which is stable, and recorded nowhere."""

    def __init__(self, code: Code, action: Action, state: State) -> None:
        super().__init__(code)
        self.code: Code = code
        self.action: Action = action
        self.state: State = state


MessageCode = Literal["message_too_long", "message_illegal_characters", "message_has_link"]
MESSAGE_CODES: frozenset[str] = frozenset(get_args(MessageCode))


class MessageRefused(Exception):
    """A sentence for the invitations that is answered with `code`, which is stable."""

    def __init__(self, code: MessageCode) -> None:
        super().__init__(code)
        self.code: MessageCode = code


BatchStatus = Literal[
    "validating",
    "needs_correction",
    "ready_for_review",
    "awaiting_approval",
    "processing",
    "completed",
    "cancelled",
    "superseded",
]
CORRECTABLE: frozenset[BatchStatus] = frozenset({"needs_correction", "ready_for_review"})
"""Where there is a review, and nothing has come of it."""
CorrectionCode = Literal[
    "review_changed", "not_correctable", "nothing_corrected", "unknown_row", "unknown_column", "too_many_cells"
]


class CorrectionRefused(Exception):
    """A correction that is answered with `code`, which is stable, and recorded nowhere: of a batch in which status, and
    where it is about one, the row, the column or the most cells that there may be."""

    def __init__(
        self,
        code: CorrectionCode,
        status: BatchStatus,
        *,
        row: int | None = None,
        column: str | None = None,
        most: int | None = None,
    ) -> None:
        super().__init__(code)
        self.code: CorrectionCode = code
        self.status: BatchStatus = status
        self.row = row
        self.column = column
        self.most = most


ColumnsCode = Literal["unknown_column", "duplicate_column", "too_many_columns", "corrections_open"]


class ColumnsRefused(Exception):
    """What was said of columns and is answered with `code`, which is stable, and recorded nowhere: about the header or
    field `column`, about more than `most` of them, or because a draft of corrections is made of them as they are."""

    def __init__(self, code: ColumnsCode, column: str | None = None, most: int | None = None) -> None:
        super().__init__(code)
        self.code: ColumnsCode = code
        self.column = column
        self.most = most
