"""An export as csv, for programs and for spreadsheets: UTF-8 with its mark, which Excel needs to read umlauts."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, ClassVar

from services.licensing.formats.export.formula_guard import guarded


class CommaFile:
    """Writes rows as they come (RFC 4180)."""

    media_type: ClassVar = "text/csv; charset=utf-8"

    def __init__(self, file: IO[bytes], head: Sequence[str]) -> None:
        self._file = file
        file.write(b"\xef\xbb\xbf")
        self.add([head])

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """A few more rows."""
        out = io.StringIO(newline="")
        csv.writer(out).writerows([guarded(text) for text in row] for row in rows)
        self._file.write(out.getvalue().encode())

    def finish(self) -> None:
        """Nothing stands behind the rows."""
