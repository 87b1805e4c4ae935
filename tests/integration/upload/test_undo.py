"""Undoing a batch, over HTTP: several admins can have an undo of the same one before them, and one of them counts."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import usher_contracts as contracts
from tests.integration.upload.conftest import Company
from tests.integration.upload.test_life import completed, confirm, processed
from tests.integration.upload.workbooks import workbook


def kept(company: Company, data: bytes) -> contracts.ObjectRef:
    """Something that the company has in the object store."""
    name = sha256(data).hexdigest()
    return contracts.ObjectRef(ref=f"{company.id}/original/{name}", sha256=name)


def done(company: Company, batch_id: str) -> None:
    company.upload.others.say(processed(company, batch_id))
    company.upload.others.say(completed(company, batch_id))
    company.becomes(batch_id, "completed")


def completed_batch(company: Company, data: bytes) -> str:
    batch_id: str = company.uploaded(data=data)["id"]
    company.upload.others.say(
        contracts.BatchValidated(
            company_id=company.id,
            batch_id=batch_id,
            counts=contracts.Counts(rows=3, invite=2, change=1, unchanged=0, error=0, warning=0),
            seats=contracts.Seats(purchased=10, occupied=1, available=9, required=2),
            rows=kept(company, data),
            review=1,
        )
    )
    company.becomes(batch_id, "ready_for_review")
    assert confirm(company, batch_id).status_code == 202
    done(company, batch_id)
    return batch_id


def undo(company: Company, batch_id: str, data: bytes) -> str:
    answer = company.call("POST", f"/batches/{batch_id}/undo")
    assert answer.status_code == 202, answer.text
    new: str = answer.json()["id"]
    company.upload.others.say(
        contracts.UndoReviewed(
            company_id=company.id,
            batch_id=new,
            undoes=batch_id,
            review=1,
            counts=contracts.UndoCounts(rows=3, cancel=2, restore=1, kept=0),
            seats=contracts.Seats(purchased=10, occupied=3, available=7, required=0),
            rows=kept(company, data),
        )
    )
    company.becomes(new, "ready_for_review")
    return new


def test_of_two_undos_of_a_batch_one_is_confirmed(company: Company) -> None:
    data = workbook()
    batch_id = completed_batch(company, data)
    first, forgotten = undo(company, batch_id, data), undo(company, batch_id, data)
    assert confirm(company, first).status_code == 202
    assert confirm(company, first).status_code == 202, "again is the same as once"
    done(company, first)
    late = confirm(company, forgotten)
    assert (late.status_code, late.json()["code"]) == (409, "not_undoable")
    assert company.batch(forgotten)["status"] == "ready_for_review"


def test_two_undos_confirmed_at_once_are_one(company: Company) -> None:
    data = workbook()
    batch_id = completed_batch(company, data)
    both = [undo(company, batch_id, data) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        answers = [each.result() for each in [threads.submit(confirm, company, batch_id) for batch_id in both]]
    assert sorted(each.status_code for each in answers) == [202, 409]
