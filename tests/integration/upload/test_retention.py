"""Files are kept for as long as the company says, and a week; then they are gone, and every answer says so."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest

import usher_contracts as contracts
from services.upload.application.cancel_unconfirmed import CancelUnconfirmed
from services.upload.main import event_store
from services.upload.read_models.batches.retention import needed
from shared.object_store.garbage_collector import Collector
from shared.object_store.store import Blobs, Ref
from shared.postgres.database import Pool
from tests.integration.upload.conftest import Company, Upload, soon
from tests.integration.upload.test_life import completed, confirm, processed

T = TypeVar("T")

DAYS = 30
WEEK = timedelta(days=7)


@dataclass
class Keeper:
    """The service's store and database, at a time of the test's choosing."""

    upload: Upload

    @property
    def folder(self) -> Path:
        return Path(self.upload.settings.blob_url.removeprefix("file://"))

    def put(self, company: Company, kind: str, data: bytes) -> Ref:
        """As validation does."""
        return asyncio.run(Blobs(self.upload.settings.blob_url).put(company.id, kind, data))

    def has(self, ref: Ref) -> bool:
        return (self.folder / ref.ref).exists()

    def collect(self, after: timedelta) -> None:
        """The collector looks once, so much later than now."""
        self._later(after, lambda pool, now: Collector(pool, Blobs(self.upload.settings.blob_url), needed, now).once())

    def lapse(self, after: timedelta) -> None:
        self._later(after, lambda pool, now: CancelUnconfirmed(event_store(pool), now).once())

    def _later(self, after: timedelta, work: Callable[[Pool, Callable[[], datetime]], Any]) -> None:
        url = self.upload.settings.database_url.get_secret_value()

        async def run() -> None:
            async with asyncpg.create_pool(url, min_size=0, server_settings={"usher.company_id": "*"}) as pool:
                await work(pool, lambda: datetime.now(UTC) + after)

        asyncio.run(run())


@pytest.fixture
def keeper(upload: Upload) -> Keeper:
    return Keeper(upload)


@pytest.fixture
def brief(upload: Upload) -> Company:
    """A company that keeps files for a month."""
    company = upload.company(None)
    upload.others.say(
        contracts.CompanyChanged(
            company_id=company.id, name="Northwind", plan="plus", purchased_licenses=9, retention_days=DAYS
        )
    )
    return company


def finished(company: Company, rows: Ref) -> str:
    """A batch from its upload to its end; the objects are really there."""
    batch_id: str = company.uploaded()["id"]
    company.upload.others.say(_verdict(company, batch_id, rows, 1))
    company.becomes(batch_id, "ready_for_review")
    assert confirm(company, batch_id).status_code == 202
    company.upload.others.say(processed(company, batch_id))
    company.upload.others.say(completed(company, batch_id))
    company.becomes(batch_id, "completed")
    return batch_id


def _verdict(company: Company, batch_id: str, rows: Ref, review: int) -> contracts.BatchValidated:
    return contracts.BatchValidated(
        company_id=company.id,
        batch_id=batch_id,
        counts=contracts.Counts(rows=1, invite=1, change=0, unchanged=0, error=0, warning=0),
        seats=contracts.Seats(purchased=9, occupied=1, available=8, required=1),
        rows=contracts.ObjectRef(ref=rows.ref, sha256=rows.sha256),
        review=review,
    )


def test_files_are_kept_for_the_days_of_the_company_and_a_week(keeper: Keeper, brief: Company) -> None:
    rows = keeper.put(brief, "rows", b"rows of the first story")
    batch_id = finished(brief, rows)
    original = f"/batches/{batch_id}/original.xlsx"
    for after in (timedelta(days=8), timedelta(days=DAYS - 1)):
        keeper.collect(after)
        assert keeper.has(rows), "nobody needs it for longer than a week, but the company keeps it"
    keeper.collect(timedelta(days=DAYS + 1))
    assert keeper.has(rows)
    assert brief.call("GET", original).status_code == 200
    keeper.collect(timedelta(days=DAYS + 9))
    assert not keeper.has(rows)
    gone = brief.call("GET", original)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")
    assert "no longer kept" in gone.json()["detail"]
    assert "no longer kept" in brief.call("GET", f"/batches/{batch_id}/rows").json()["detail"]
    assert brief.batch(batch_id)["progress"]["invited"] == 2, "what came of it stays known"


def test_what_is_being_carried_out_is_kept_however_long_it_takes(keeper: Keeper, brief: Company) -> None:
    rows = keeper.put(brief, "rows", b"rows that licensing has not read yet")
    batch_id: str = brief.uploaded()["id"]
    brief.upload.others.say(_verdict(brief, batch_id, rows, 1))
    brief.becomes(batch_id, "ready_for_review")
    assert confirm(brief, batch_id).status_code == 202
    for days in (DAYS + 1, DAYS + 100):
        keeper.lapse(timedelta(days=days))
        keeper.collect(timedelta(days=days))
    assert keeper.has(rows)
    assert brief.batch(batch_id)["status"] == "processing"


def test_what_nobody_confirms_in_time_is_cancelled_and_says_why(keeper: Keeper, brief: Company) -> None:
    batch_id: str = brief.ready()["id"]
    keeper.lapse(timedelta(days=DAYS - 1))
    assert brief.batch(batch_id)["status"] == "ready_for_review"
    keeper.lapse(timedelta(days=DAYS + 1))
    batch = brief.batch(batch_id)
    assert (batch["status"], batch["notice"]["code"]) == ("cancelled", "not_confirmed_in_time")
    assert "30 days" in batch["notice"]["message"]
    refused = confirm(brief, batch_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")


def test_what_no_batch_refers_to_goes_after_a_week(keeper: Keeper, brief: Company) -> None:
    """An upload that a crash cut off before it was recorded; the rows of a review that was checked again."""
    soon(lambda: brief.call("GET", "/batches").status_code == 200)
    lost, earlier = keeper.put(brief, "original", b"lost"), keeper.put(brief, "rows", b"the first review")
    later = keeper.put(brief, "rows", b"the second review")
    batch_id: str = brief.uploaded()["id"]
    for review, rows in enumerate((earlier, later), 1):
        brief.upload.others.say(_verdict(brief, batch_id, rows, review))
        soon(lambda review=review: brief.batch(batch_id)["review"] == review)
    keeper.collect(timedelta(0))
    keeper.collect(timedelta(days=6))
    assert keeper.has(lost)
    assert keeper.has(earlier)
    keeper.collect(timedelta(days=8))
    assert (keeper.has(lost), keeper.has(earlier), keeper.has(later)) == (False, False, True)


def test_what_is_needed_again_begins_a_new_week(keeper: Keeper, brief: Company) -> None:
    soon(lambda: brief.call("GET", "/batches").status_code == 200)
    rows = keeper.put(brief, "rows", b"forgotten, then wanted, then forgotten")
    keeper.collect(timedelta(0))
    batch_id: str = brief.uploaded()["id"]
    brief.upload.others.say(_verdict(brief, batch_id, rows, 1))
    brief.becomes(batch_id, "ready_for_review")
    keeper.collect(timedelta(days=8))
    assert keeper.has(rows)
    assert brief.call("POST", f"/batches/{batch_id}/revalidate").status_code == 202
    keeper.collect(timedelta(days=9))
    keeper.collect(timedelta(days=15))
    assert keeper.has(rows)
    keeper.collect(timedelta(days=17))
    assert not keeper.has(rows)


def test_an_object_of_a_company_that_is_not_known_here_stays(keeper: Keeper, upload: Upload) -> None:
    stranger = upload.company(None)
    ref = keeper.put(stranger, "original", b"somebody else's")
    for days in (0, 10, 1000):
        keeper.collect(timedelta(days=days))
    assert keeper.has(ref)
