"""A file on its way out is called what it is."""

from typing import Any
from uuid import UUID

import pytest

from services.upload.api.downloads import CSV, XLSX, Downloads
from services.upload.read_models.batches.query import BatchQueries
from shared.object_store.store import Blobs

pytestmark = pytest.mark.anyio

COMPANY = str(UUID(int=1))


class Of(BatchQueries):
    """One batch."""

    def __init__(self, ref: str) -> None:
        self._ref = ref

    async def record(self, company_id: str, batch_id: UUID) -> Any:
        return {"original_ref": self._ref, "file_name": "people.csv"}


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"PK;Email\n1;ann@b.example\n", CSV), (b"Email\n", CSV), (b"PK\x03\x04 and more", XLSX)],
)
async def test_a_text_is_one_whatever_its_first_header_begins_with(content: bytes, kind: str) -> None:
    blobs = Blobs("memory:///")
    ref = (await blobs.put(COMPANY, "original", content)).ref
    not_asked: Any = None
    answer = await Downloads(Of(ref), blobs, not_asked).original(COMPANY, UUID(int=2))
    assert answer.headers["content-type"].split(";")[0] == kind
