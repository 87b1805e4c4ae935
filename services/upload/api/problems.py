"""Refusals as problem documents."""

from collections.abc import Generator
from contextlib import contextmanager

from services.upload import messages
from services.upload.domain.refusals import Refused
from shared.http.problems import Problem


@contextmanager
def refusals() -> Generator[None]:
    """Answers what the rules refuse with 409, its code and its sentence."""
    try:
        yield
    except Refused as refused:
        raise Problem(409, refused.code, messages.refused(refused)) from None
