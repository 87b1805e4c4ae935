"""A text with values is corrected as it was read when it was reviewed."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest

from services.validation.application.validate_file import FileValidator
from services.validation.application.workbooks import Workbooks
from services.validation.domain.validation.state import Pending
from services.validation.domain.validation.values import File, ObjectRef
from services.validation.domain.validation.workbook import ReadingLimits
from services.validation.read_models.directory.query import Company, Directory
from shared.http.daily_quota import DailyQuota
from shared.object_store.store import Blobs
from shared.people.model import CompanySettings
from shared.sandbox.pool import Limits, Sandbox
from tests.unit.validation.test_decisions import BATCH, COMPANY

pytestmark = pytest.mark.anyio


class InProcess(Sandbox):
    """Runs what a sandbox would, here."""

    def __init__(self) -> None: ...

    async def run(
        self, function: Callable[..., bytes], *args: object, limits: Limits | None = None, reads: Sequence[Path] = ()
    ) -> bytes:
        return function(*args)


class Northwind(Directory):
    """The one company that there is."""

    def __init__(self) -> None: ...

    async def company(self, company_id: str) -> Company | None:
        return Company(CompanySettings("Northwind"), ())


class NotAsked:
    """What a file without a known column has no need of."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


async def test_its_values_are_parted_as_the_draft_of_its_corrections_says(tmp_path: Path) -> None:
    blobs = Blobs("memory:///")
    text = await blobs.put(COMPANY, "original", b"Kontakt, neu;Wo, genau\nx, a;R, 3\ny, b;R, 4\n")
    column = {"index": 1, "values": [{"value": "R, 5", "rows": [[2, 2]]}]}
    place = {"part": "xl/worksheets/sheet1.xml", "header_row": 1, "header_column": 1, "delimiter": ";"}
    corrections = await blobs.put(COMPANY, "corrections", orjson.dumps({**place, "columns": [column]}))
    file = File("people.csv", text.size, text.sha256, text.ref)
    state = Pending(BATCH, COMPANY, file, 1, 0, corrections=ObjectRef(corrections.ref, corrections.sha256))
    nothing: Any = NotAsked()
    quota: DailyQuota = nothing
    workbooks = Workbooks(blobs, InProcess(), ReadingLimits(), Limits())
    verdict = await FileValidator(nothing, Northwind(), workbooks, blobs, nothing, quota).verdict(state)
    assert verdict.file
    path = tmp_path / "corrected.xlsx"
    path.write_bytes(await blobs.get(verdict.file.ref))
    sheet: Any = openpyxl.load_workbook(path).active
    assert [[cell.value for cell in line] for line in sheet.iter_rows()] == [
        ["Kontakt, neu", "Wo, genau"],
        ["x, a", "R, 5"],
        ["y, b", "R, 4"],
    ]
