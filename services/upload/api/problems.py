"""What the rules refuse, as problem documents."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from services.upload import messages
from services.upload.domain.refusals import CorrectionCode, CorrectionRefused, Refused
from shared.http.problems import Problem

_CORRECTIONS: Mapping[CorrectionCode, int] = {
    "review_changed": 409,
    "not_correctable": 409,
    "nothing_corrected": 409,
    "unknown_row": 422,
    "unknown_column": 422,
    "too_many_cells": 422,
}


@contextmanager
def refusals() -> Generator[None]:
    """Answers what the rules refuse with its code and its sentence: 409, or 422 where the call names what is not
    there."""
    try:
        yield
    except Refused as refused:
        raise Problem(409, refused.code, messages.refused(refused)) from None
    except CorrectionRefused as refused:
        about = {name: value for name in ("row", "column") if (value := getattr(refused, name)) is not None}
        said = messages.correction_refused(refused)
        raise Problem(_CORRECTIONS[refused.code], refused.code, said, **about) from None
