"""The rows that corrections leave out, as a workbook like the uploaded one: those of a draft, and those of a file that
was made of one."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from uuid import UUID

import asyncpg
import orjson

from services.upload.application.correct_batch import written
from services.upload.domain.refusals import CORRECTABLE
from services.upload.messages import FILE_GONE, LEFT_OUT_NOT_MADE, NOT_LOOKED_INTO, NOTHING_LEFT_OUT
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.corrections.query import CorrectionQueries
from shared.http.problems import unavailable
from shared.object_store.store import BlobMissing, Blobs
from shared.sandbox.pool import Sandbox, SandboxUnavailable
from shared.workbooks.correcting import left_out
from shared.workbooks.errors import CannotPatch


@dataclass(frozen=True, slots=True)
class LeftOutWorkbook:
    """The workbook of the rows: where it is kept, and what the file was called that the rows are of."""

    ref: str
    file_name: str


class LeftOutRows:
    """The use case. Validation makes the workbook with the corrected file; until then, and of a draft, it is made here
    when somebody asks: one at a time, for a large one takes as much memory as all else here together."""

    def __init__(
        self,
        batches: BatchQueries,
        corrections: CorrectionQueries,
        blobs: Blobs,
        sandbox: Sandbox,
    ) -> None:
        self._batches = batches
        self._corrections = corrections
        self._blobs = blobs
        self._sandbox = sandbox
        self._one = asyncio.Semaphore(1)

    async def __call__(self, company_id: str, batch_id: UUID) -> LeftOutWorkbook:
        """Those that the batch's draft leaves out, or left out before it was applied; without such a draft those that
        were left out when the batch was made. Problem 404 where there are none, or no workbook of them, saying why."""
        batch = await self._batches.record(company_id, batch_id)
        if batch["left_out"] and batch["status"] in CORRECTABLE and (drafted := await self._drafted(company_id, batch)):
            return drafted
        if batch["left_out"] and batch["superseded_by"]:
            batch = await self._batches.record(company_id, batch["superseded_by"])
        if batch["left_out_ref"]:
            return LeftOutWorkbook(batch["left_out_ref"], batch["file_name"])
        if batch["corrections_ref"] and batch["status"] == "validating":
            corrections = await self._read(batch["corrections_ref"])
            if orjson.loads(corrections)["left_out"]:
                return await self._made(company_id, batch, corrections)
        raise NOTHING_LEFT_OUT()

    async def _drafted(self, company_id: str, batch: asyncpg.Record) -> LeftOutWorkbook | None:
        review = await self._corrections.review(company_id, batch["id"])
        draft, sheet = review.draft.draft, review.sheet
        if sheet is None or not draft.left_out:
            return None
        return await self._made(company_id, batch, orjson.dumps(written(sheet, {}, draft.left_out)))

    async def _made(self, company_id: str, batch: asyncpg.Record, corrections: bytes) -> LeftOutWorkbook:
        async with self._one:
            try:
                with NamedTemporaryFile(prefix="usher-", suffix=".xlsx") as file:
                    async for chunk in self._blobs.stream(batch["original_ref"]):
                        file.write(chunk)
                    file.flush()
                    made = await left_out(self._sandbox, Path(file.name), corrections)
            except BlobMissing:
                raise FILE_GONE() from None
            except CannotPatch as refused:
                raise LEFT_OUT_NOT_MADE(why=str(refused)) from None
            except SandboxUnavailable:
                raise unavailable(NOT_LOOKED_INTO) from None
        kept = await self._blobs.put(company_id, "left-out", made)
        return LeftOutWorkbook(kept.ref, batch["file_name"])

    async def _read(self, ref: str) -> bytes:
        try:
            return await self._blobs.get(ref)
        except BlobMissing:
            raise FILE_GONE() from None
