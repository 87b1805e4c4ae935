"""Reads what the columns of a company's files are, and what it remembers of columns."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from services.upload.domain.column_mappings.decide import COLUMN_MAPPINGS
from services.upload.domain.column_mappings.state import ColumnMappings
from services.upload.domain.stored_events import Event, column_mappings_stream
from services.upload.read_models.columns.view import SheetColumns
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.object_store.store import BlobMissing, Blobs
from shared.people.columns import ColumnMapping

MAPPING = TypeAdapter(ColumnMapping)
"""The object that validation reads a sheet by."""


class ColumnQueries:
    """Reads both."""

    def __init__(self, store: EventStore[Event], blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs

    async def of(self, batch: Mapping[str, Any]) -> SheetColumns:
        """What the columns of a batch's file are; none where that is not known, or no longer."""
        try:
            found = batch["columns_ref"] and await self._blobs.get(batch["columns_ref"])
        except BlobMissing:
            found = None
        return SheetColumns.model_validate_json(found) if found else SheetColumns(sheet=None, header_row=None)

    async def mapping(self, batch: Mapping[str, Any]) -> ColumnMapping:
        """What admins have said of the columns of a batch's file."""
        try:
            found = batch["mapping_ref"] and await self._blobs.get(batch["mapping_ref"])
        except BlobMissing:
            found = None
        return MAPPING.validate_json(found) if found else ColumnMapping()

    async def remembered(self, company_id: str) -> ColumnMappings:
        """What the company remembers."""
        stream = column_mappings_stream(company_id)
        return (await self._store.run(lambda tx: UnitOfWork(tx).load(COLUMN_MAPPINGS, stream))).result.state
