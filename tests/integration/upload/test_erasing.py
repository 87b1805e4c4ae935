"""Somebody is forgotten in batches: their rows are blank in all files, nothing of them is left, all else is."""

import asyncio
import base64
import io
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import openpyxl
import orjson
import pytest

import usher_contracts as contracts
from services.upload.application.erase_person import places
from services.upload.main import event_store
from services.upload.web.erased_sessions import ErasedSessions
from services.upload.web.session_crypto import SessionCrypto
from services.upload.web.sessions import PostgresSessions, Tokens
from shared.erasure.person import Person
from shared.jobs.queue import Retry
from shared.object_store.rewritten_blocks import records_of
from shared.object_store.row_blocks import BlockWriter
from shared.object_store.store import Blobs, Ref
from shared.postgres.database import Pool
from shared.sandbox.pool import Sandbox
from shared.service.foundation import digests
from shared.workbooks.erasing.erase import PRELOAD
from tests.integration.upload.conftest import Company, Upload, soon
from tests.integration.upload.test_life import completed, confirm, processed
from tests.integration.upload.workbooks import workbook

T = TypeVar("T")

CRYPTO = SessionCrypto("a session key for tests that is long")
SHEET = {"part": "xl/worksheets/sheet1.xml", "header_row": 1, "header_column": 2, "free_column": 3, "delimiter": None}


_NOTED = """
INSERT INTO forgotten (erasure_id, company_id, user_ids, address_digests, erased_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""


@dataclass
class Quillon:
    """Whoever is forgotten, and what the service has of them."""

    company: Company
    email: str
    user_id: str

    @property
    def blobs(self) -> Blobs:
        return Blobs(self.company.upload.settings.blob_url)

    @property
    def folder(self) -> Path:
        return Path(self.company.upload.settings.blob_url.removeprefix("file://")) / self.company.id

    def put(self, kind: str, data: bytes) -> Ref:
        """As validation does, and upload."""
        return asyncio.run(self.blobs.put(self.company.id, kind, data))

    def file(self, *others: str) -> bytes:
        return workbook("ada@northwind.example", self.email, *others)

    def rows(self, *others: str) -> Ref:
        """The review of that file."""
        made, problems = BlockWriter(), BlockWriter()
        for number, email in enumerate(("ada@northwind.example", self.email, *others), 2):
            values = {"first_name": "Zebedee" if email == self.email else "Ann", "last_name": "Lee"}
            row = {"row": number, "outcome": "invite", "email": email, "values": values}
            made.add(orjson.dumps(row), ["invite"])
        meta = {"sheet": "Sheet", "place": SHEET, "fields": {"Email": 0, "First Name": 1}}
        sections = {"numbers": b"", "problems": problems.finish({"columns": [], "codes": []})}
        return self.put("rows", made.finish(meta, sections))

    def forget(self, moment: datetime | None = None) -> dict[str, int]:
        """All places of the service, one after the other, once it is noted who is forgotten."""
        person = self.person(moment)

        async def work(pool: Pool) -> dict[str, int]:
            said = (person.erasure_id, person.company_id, list(person.user_ids), list(person.address_digests))
            await pool.execute(_NOTED, *said, person.erased_at)
            sandbox = Sandbox(PRELOAD)
            sandbox.start()
            try:
                found = places(event_store(pool), self.blobs, sandbox, ErasedSessions(CRYPTO))
                return {place.name: await place.erase(pool, person) for place in found}
            finally:
                sandbox.close()

        return self._with_pool(work)

    def person(self, moment: datetime | None = None) -> Person:
        known = digests(self.company.upload.settings)
        return Person(
            uuid4(),
            UUID(self.company.id),
            frozenset({UUID(self.user_id)}),
            frozenset(known.of(self.email)),
            moment or datetime.now(UTC) + timedelta(seconds=1),
            known,
        )

    def events(self) -> str:
        async def work(pool: Pool) -> str:
            rows = await pool.fetch("SELECT data::text FROM events WHERE company_id = $1", self.company.id)
            rows += await pool.fetch("SELECT b::text FROM batches b WHERE company_id = $1", self.company.id)
            return "\n".join(row[0] for row in rows)

        return self._with_pool(work)

    def known(self) -> str:
        async def work(pool: Pool) -> str:
            rows = await pool.fetch("SELECT email FROM known_admins WHERE company_id = $1", self.company.id)
            chosen = "INSERT INTO web_columns SELECT company_id, subject, '{}' FROM known_admins WHERE company_id = $1"
            await pool.execute(f"{chosen} ON CONFLICT DO NOTHING", self.company.id)
            return " ".join(row["email"] for row in rows)

        return self._with_pool(work)

    def signed_in(self, email: str) -> str:
        payload = base64.urlsafe_b64encode(orjson.dumps({"email": email.upper()})).decode().rstrip("=")
        tokens = Tokens(access="opaque", identity=f"e30.{payload}.x", expires_at=datetime.now(UTC))
        return self._with_pool(lambda pool: PostgresSessions(pool, CRYPTO).start(tokens, timedelta(hours=1)))

    def has_session(self, session: str) -> bool:
        return self._with_pool(lambda pool: PostgresSessions(pool, CRYPTO).read(session)) is not None

    def traces(self) -> list[str]:
        """Where something of them stands."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        found = [str(path) for path in files if any(word in _unpacked(path) for word in (b"quillon", b"zebedee"))]
        return found + (["events"] if "quillon" in self.events().lower() else [])

    def _with_pool(self, work: Callable[[Pool], Awaitable[T]]) -> T:
        async def run() -> T:
            url = self.company.upload.settings.database_url.get_secret_value()
            async with asyncpg.create_pool(url, min_size=0, server_settings={"usher.company_id": "*"}) as pool:
                return await work(pool)

        return asyncio.run(run())


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist()).lower()
    if path.parent.name == "rows":
        return b"".join(records_of(data)).lower()
    return data.lower()


@pytest.fixture
def quillon(company: Company) -> Quillon:
    return Quillon(company, f"zebedee.quillon@{company.id[:8]}.example", str(uuid4()))


def judged(company: Company, batch_id: str, rows: Ref, review: int = 1) -> None:
    company.upload.others.say(
        contracts.BatchValidated(
            company_id=company.id,
            batch_id=batch_id,
            counts=contracts.Counts(rows=2, invite=2, change=0, unchanged=0, error=0, warning=0),
            seats=contracts.Seats(purchased=10, occupied=1, available=9, required=2),
            rows=contracts.ObjectRef(ref=rows.ref, sha256=rows.sha256),
            review=review,
        )
    )
    company.becomes(batch_id, "ready_for_review")


def finished(company: Company, batch_id: str) -> None:
    assert confirm(company, batch_id).status_code == 202
    company.upload.others.say(processed(company, batch_id))
    company.upload.others.say(completed(company, batch_id))
    company.becomes(batch_id, "completed")


def values(data: bytes) -> list[Sequence[Any]]:
    return [row[:1] for row in openpyxl.load_workbook(io.BytesIO(data)).worksheets[0].iter_rows(values_only=True)]


def test_of_a_batch_that_is_over_their_rows_are_blank_and_all_else_stays(company: Company, quillon: Quillon) -> None:
    batch_id = company.uploaded(data=quillon.file("bo@northwind.example"))["id"]
    judged(company, batch_id, quillon.rows("bo@northwind.example"))
    finished(company, batch_id)
    left_behind = quillon.put("left-out", quillon.file())
    quillon.forget()
    assert quillon.traces() == []
    batch = company.batch(batch_id)
    assert (batch["status"], batch["erased"]) == ("completed", {"rows": 1, "deleted": []})
    file = company.call("GET", f"/batches/{batch_id}/original.xlsx")
    assert values(file.content) == [("Email",), ("ada@northwind.example",), (None,), ("bo@northwind.example",)]
    rows = company.call("GET", f"/batches/{batch_id}/rows").json()["items"]
    assert [(row["row"], row["email"].partition("@")[2]) for row in rows] == [
        (2, "northwind.example"),
        (3, "erased.invalid"),
        (4, "northwind.example"),
    ]
    assert not (quillon.folder.parent / left_behind.ref).exists()
    assert quillon.forget()["files"] == 0, "what is done twice is done once"


def test_a_batch_that_waits_for_its_admin_is_checked_again(company: Company, quillon: Quillon) -> None:
    batch_id = company.uploaded(data=quillon.file())["id"]
    judged(company, batch_id, quillon.rows())
    quillon.forget()
    assert company.batch(batch_id)["status"] == "validating"
    assert quillon.traces() == []


def test_a_batch_that_another_service_works_on_is_waited_for(company: Company, quillon: Quillon) -> None:
    batch_id, moment = company.uploaded(data=quillon.file())["id"], datetime.now(UTC)
    with pytest.raises(Retry):
        quillon.forget()
    rows = quillon.rows()
    judged(company, batch_id, rows)
    assert confirm(company, batch_id).status_code == 202
    with pytest.raises(Retry):
        quillon.forget()
    company.upload.others.say(processed(company, batch_id))
    soon(lambda: company.batch(batch_id)["progress"]["invited"])
    quillon.forget(moment)
    assert quillon.traces() == []


def test_a_file_that_cannot_be_written_without_them_goes_and_the_batch_says_so(
    company: Company, quillon: Quillon
) -> None:
    file = io.BytesIO(quillon.file())
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/embeddings/oleObject1.bin", b"\0" + quillon.email.encode())
    batch_id = company.uploaded(data=file.getvalue())["id"]
    judged(company, batch_id, quillon.rows())
    finished(company, batch_id)
    quillon.forget()
    assert company.batch(batch_id)["erased"] == {"rows": 1, "deleted": ["original"]}
    assert company.call("GET", f"/batches/{batch_id}/original.xlsx").status_code == 404
    assert quillon.traces() == []


def test_who_was_invited_again_afterwards_is_somebody_new(company: Company, quillon: Quillon) -> None:
    same = quillon.file("bo@northwind.example")
    first = company.uploaded(data=same)["id"]
    judged(company, first, quillon.rows())
    finished(company, first)
    moment = datetime.now(UTC)
    second = company.uploaded(data=same)["id"]
    judged(company, second, quillon.rows())
    finished(company, second)
    quillon.forget(moment)
    assert (company.batch(first)["erased"], company.batch(second)["erased"]) == ({"rows": 1, "deleted": []}, None)
    files = [company.call("GET", f"/batches/{each}/original.xlsx").content for each in (first, second)]
    assert [values(each)[2] for each in files] == [(None,), (quillon.email,)]


def test_who_was_deactivated_stays_out_when_nothing_says_who_they_were(company: Company, upload: Upload) -> None:
    ada = Quillon(company, f"ada@{company.id[:8]}.example", str(uuid4()))
    company.upload.others.say(
        contracts.UserDeactivated(
            user_id=ada.user_id,
            company_id=company.id,
            email=ada.email,
            by=contracts.Person(email="b@x.example", name="B"),
        )
    )
    soon(lambda: company.call("GET", "/batches").status_code == 403)
    assert ada.forget()["standing"] == 1
    assert company.call("GET", "/batches").json()["code"] == "deactivated"


def test_their_sessions_end_and_what_they_chose_goes(company: Company) -> None:
    ada, ben = (Quillon(company, f"{name}@{company.id[:8]}.example", str(uuid4())) for name in ("ada", "ben"))
    assert company.call("GET", "/batches").is_success
    soon(lambda: "ada@" in ada.known())
    session = {each.email: ada.signed_in(each.email) for each in (ada, ben)}
    counts = ada.forget()
    assert (counts["sessions"], counts["known_admins"], counts["web_columns"]) == (1, 1, 1)
    assert "ada@" not in ada.known()
    assert (ada.has_session(session[ada.email]), ada.has_session(session[ben.email])) == (False, True)
