"""Workbooks on their way out: as uploaded, as annotated, as the template."""

from collections.abc import AsyncIterator
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from services.upload.application.left_out_rows import LeftOutRows
from services.upload.formats.file_names import disposition, text_name, xlsx_name
from services.upload.messages import COPY_TO_COME, FILE_GONE, NO_COPY, NO_FILE, NOTHING_MARKED
from services.upload.read_models.batches.query import BatchQueries
from shared.http.problems import ProblemType
from shared.object_store.store import BlobMissing, Blobs
from shared.workbooks.text_tables import begins_text

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Downloads:
    """Answers with the files of a company's batches."""

    def __init__(self, batches: BatchQueries, blobs: Blobs, left_out: LeftOutRows) -> None:
        self._batches = batches
        self._blobs = blobs
        self._left_out = left_out

    async def original(self, company_id: str, batch_id: UUID) -> Response:
        """The file as uploaded, streamed. Problem 404 for an unknown batch."""
        batch = await self._batches.record(company_id, batch_id)
        ref, name = batch["original_ref"], batch["file_name"]
        if ref is None:
            raise NO_FILE()
        if await self._is_text(ref):
            return await self._answer(ref, text_name(name), CSV)
        return await self._answer(ref, xlsx_name(name))

    async def annotated(self, company_id: str, batch_id: UUID) -> Response:
        """The workbook with its errors marked. Problem 404 where there is none, saying why."""
        batch = await self._batches.record(company_id, batch_id)
        if batch["annotated_ref"] is None:
            raise (NO_FILE if batch["undoes"] else _no_copy(batch["status"]))()
        return await self._answer(batch["annotated_ref"], xlsx_name(batch["file_name"], " (with errors)"))

    async def left_out(self, company_id: str, batch_id: UUID) -> Response:
        """The rows that corrections leave out. Problem 404 where there are none, saying why."""
        rows = await self._left_out(company_id, batch_id)
        return await self._answer(rows.ref, xlsx_name(rows.file_name, " (left out)"))

    async def _is_text(self, ref: str) -> bool:
        """Whether it is a text with values: what is taken in and is no workbook."""
        try:
            async for chunk in self._blobs.stream(ref):
                return begins_text(chunk)
        except BlobMissing:
            raise FILE_GONE() from None
        return True

    async def _answer(self, ref: str, name: str, kind: str = XLSX) -> Response:
        size = await self._blobs.size(ref)
        if size is None:
            raise FILE_GONE()
        return workbook(self._stream(ref), name, size, kind)

    async def _stream(self, ref: str) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._blobs.stream(ref):
                yield chunk
        except BlobMissing as error:
            # Collected between the look and the read: the answer has begun, so it can only be cut off.
            raise ConnectionError("the file was removed while it was being sent") from error


def workbook(content: AsyncIterator[bytes] | bytes, name: str, size: int | None = None, kind: str = XLSX) -> Response:
    """An answer that a browser saves as `name`, never shows."""
    headers = {
        "Content-Disposition": disposition(name),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if isinstance(content, bytes):
        return Response(content, media_type=kind, headers=headers)
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(content, media_type=kind, headers=headers)


def _no_copy(status: str) -> ProblemType:
    match status:
        case "validating":
            return COPY_TO_COME
        case "needs_correction":
            return NO_COPY
        case _:
            return NOTHING_MARKED
