"""What can be asked of an undo."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.undo.events import RowsRef, UndoCounts


@dataclass(frozen=True, slots=True)
class RecordReview:
    """What undoing ``undoes`` comes to as of now, to be reviewed."""

    batch_id: UUID
    company_id: UUID
    undoes: UUID
    counts: UndoCounts
    purchased: int
    occupied: int
    rows: RowsRef
