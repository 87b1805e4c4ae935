"""Facts about what was refused. One company and day, one stream, whose length is how many are kept of that day."""

from dataclasses import dataclass

from services.upload.domain.batch.events import Person
from services.upload.domain.refusals import Action, Code, State

MOST_A_DAY = 1_000
"""Refused attempts of a company's admins that are kept of a day (UTC): they are there for ever, and cost nobody
anything."""


@dataclass(frozen=True, slots=True)
class BatchActionRefused:
    """An admin wanted to do ``action`` with a batch in that state, and nothing was done."""

    batch_id: str
    action: Action
    code: Code
    state: State
    by: Person
