"""Refusals as problem documents."""

from collections.abc import Generator
from contextlib import contextmanager

from services.upload import messages
from services.upload.domain.refusals import ColumnsRefused, CorrectionRefused, MessageRefused, Refused


@contextmanager
def refusals() -> Generator[None]:
    """Answers what the rules refuse with its problem: of a correction also the row or the column that it is about."""
    try:
        yield
    except Refused as refused:
        raise messages.refused(refused)() from None
    except MessageRefused as refused:
        raise messages.MESSAGES[refused.code]() from None
    except ColumnsRefused as refused:
        about = {"column": refused.column} if refused.column is not None else {}
        kind = messages.COLUMNS[refused.code]
        raise kind(column=refused.column, most=f"{refused.most or 0:,}", extra=about) from None
    except CorrectionRefused as refused:
        about = {name: value for name in ("row", "column") if (value := getattr(refused, name)) is not None}
        kind, most = messages.correction_refused(refused), f"{refused.most or 0:,}"
        raise kind(row=refused.row, column=refused.column, most=most, extra=about) from None
