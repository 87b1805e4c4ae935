"""A workbook from the object store, read and annotated in the sandbox."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import structlog

from services.validation.domain.validation.workbook import AnnotationTarget, Reading, ReadingLimits, Unreadable
from services.validation.formats.annotating import Annotation, annotate
from services.validation.formats.reading import read
from shared.object_store.store import Blobs
from shared.people.columns import Headers
from shared.sandbox.pool import Limits, Sandbox
from shared.workbooks.correcting.correct import Corrected, correct
from shared.workbooks.errors import CannotPatch
from shared.workbooks.text_tables import is_text, workbook_of

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook on disk; `delimiter` parts the values of the text that it was made of."""

    path: Path
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Workbooks:
    """The reader and writer of workbooks: where they come from and what handling one may cost."""

    blobs: Blobs
    sandbox: Sandbox
    reading: ReadingLimits
    process: Limits

    @asynccontextmanager
    async def local(self, ref: str) -> AsyncGenerator[Path]:
        """The file on disk, for as long as the block lasts: the sandbox has neither network nor credentials."""
        with NamedTemporaryFile(prefix="usher-", suffix=".xlsx") as file:
            async for chunk in self.blobs.stream(ref):
                file.write(chunk)
            file.flush()
            yield Path(file.name)

    @asynccontextmanager
    async def corrected(self, path: Path, corrections: bytes) -> AsyncGenerator[tuple[Path, Corrected]]:
        """The file with the corrections written into it, and the content of both workbooks that this makes. Raises
        CannotPatch and SandboxUnavailable."""
        made = await correct(self.sandbox, path, corrections, self.process)
        with NamedTemporaryFile(prefix="usher-", suffix=".xlsx") as file:
            file.write(made.workbook)
            file.flush()
            yield Path(file.name), made

    @asynccontextmanager
    async def as_workbook(self, path: Path, headers: Headers) -> AsyncGenerator[Workbook]:
        """The file itself where it is a workbook, else one that is made of its values. Raises CannotConvert, and
        SandboxUnavailable."""
        if not is_text(path):
            yield Workbook(path)
            return
        most = self.reading.unpacked_bytes
        made = await workbook_of(self.sandbox, path, headers.known_in, most, self.process)
        with NamedTemporaryFile(prefix="usher-", suffix=".xlsx") as file:
            file.write(made.workbook)
            file.flush()
            yield Workbook(Path(file.name), made.delimiter)

    async def read(self, path: Path, headers: Headers) -> Reading | Unreadable:
        """Its rows. Raises SandboxUnavailable."""
        return await read(self.sandbox, path, headers, self.reading, self.process)

    async def annotate(self, path: Path, target: AnnotationTarget, annotations: Sequence[Annotation]) -> bytes:
        """The copy with its errors marked. Raises CannotPatch where there can be none, and SandboxUnavailable."""
        try:
            return await annotate(self.sandbox, path, target, annotations, self.process)
        except CannotPatch as refused:
            log.warning("workbook.not_annotated", reason=refused.reason)
            raise
