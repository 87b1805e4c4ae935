"""Deactivated means out, in upload too: as soon as it has heard so from licensing, and not before it has heard all."""

import asyncio
import time
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

import usher_contracts as contracts
from services.upload.application.erase_person import HEARD
from services.upload.application.event_handlers import READ_MODELS
from shared.core.settings import KafkaSettings
from shared.erasure.person import AddressDigests
from shared.erasure.rebuilt import forgetting
from shared.messaging.rebuild_from_topics import RebuildFromTopics
from tests.integration.upload.conftest import Company, Upload, soon
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import parse

BEN = contracts.Person(email="ben@northwind.example", name="Ben")


class Ada:
    """The company's signed-in admin, as licensing knows her."""

    def __init__(self, company: Company, spelt: str = "ada@{}.example") -> None:
        self.company = company
        email = spelt.format(company.id[:8])
        self.told: dict[str, Any] = {"user_id": str(uuid4()), "email": email, "company_id": company.id, "by": BEN}

    def deactivated(self) -> None:
        self.company.upload.others.say(contracts.UserDeactivated(**self.told))

    def reactivated(self) -> None:
        self.company.upload.others.say(contracts.UserReactivated(**self.told))

    def code(self, method: str = "GET", path: str = "/batches") -> str | None:
        """The code of the refusal that a call of hers is answered with; None where it is none."""
        answer = self.company.call(method, path)
        return None if answer.is_success else answer.json()["code"]


def test_every_call_of_a_deactivated_admin_is_refused_and_a_reactivated_one_is_let_in(company: Company) -> None:
    batch = company.ready()
    ada = Ada(company, "ADA@{}.Example")
    ada.deactivated()
    soon(lambda: ada.code() == "deactivated")
    one = f"/batches/{batch['id']}"
    for method, path in (
        *(("GET", path) for path in ("/template.xlsx", "/batches", one, f"{one}/rows", f"{one}/original.xlsx")),
        *(("GET", path) for path in (f"{one}/annotated.xlsx", f"{one}/events")),
        *(("POST", path) for path in ("/batches", f"{one}/confirm", f"{one}/revalidate", f"{one}/cancel")),
    ):
        assert ada.code(method, path) == "deactivated", path
    ada.reactivated()
    assert ada.code() is None, "what licensing has said is waited for before anybody is turned away"
    assert company.batch(batch["id"])["status"] == "ready_for_review"


@pytest.mark.parametrize("attempt", range(3))
def test_nothing_is_confirmed_nor_uploaded_after_licensing_has_answered(company: Company, attempt: int) -> None:
    batch = company.ready()
    Ada(company).deactivated()
    answer = company.post() if attempt % 2 else company.call("POST", f"/batches/{batch['id']}/confirm")
    assert (answer.status_code, answer.json()["code"]) == (403, "deactivated")


def test_what_is_heard_late_or_twice_changes_nothing(company: Company) -> None:
    ada = Ada(company)
    event = contracts.UserDeactivated(**ada.told)
    company.upload.others.say(event, event_id="0190a000-0000-7000-8000-0000000000aa")
    soon(lambda: ada.code() == "deactivated")
    ada.reactivated()
    company.upload.others.say(event, event_id="0190a000-0000-7000-8000-0000000000aa")
    assert ada.code() is None
    time.sleep(0.5)
    assert ada.code() is None


def test_another_companys_inactive_user_of_that_address_counts_for_nothing(company: Company) -> None:
    elsewhere = Ada(company)
    elsewhere.told["company_id"] = str(uuid4())
    elsewhere.deactivated()
    own = Ada(company, "somebody.else@{}.example")
    own.deactivated()
    assert company.post().status_code == 202, "and by now both have been heard"


def test_an_open_stream_ends_when_its_reader_is_deactivated(company: Company) -> None:
    batch, ended = company.ready(), list[float]()
    ada, beginning = Ada(company), list[str]()

    def read() -> None:
        url = f"{company.upload.url}/api/v1/batches/{batch['id']}/events"
        bearer = {"Authorization": f"Bearer {company.token}"}
        with httpx.stream("GET", url, headers=bearer, timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                beginning.append(line)
        ended.append(time.monotonic())

    reading = Thread(target=read, daemon=True)
    reading.start()
    soon(lambda: beginning)
    ada.deactivated()
    reading.join(timeout=PATIENCE)
    assert ended, "it goes on"
    assert ada.code("GET", f"/batches/{batch['id']}/events") == "deactivated"


def test_what_is_known_of_people_is_rebuilt_from_the_topic(company: Company, stack: TestStack) -> None:
    ada = Ada(company)
    ada.deactivated()
    soon(lambda: ada.code() == "deactivated")
    (model,) = [each for each in READ_MODELS if each.name == "standing"]
    digests = AddressDigests(company.upload.settings.erasure_key.get_secret_value())
    forget = forgetting([place for place in HEARD if place.name == "standing"], digests)  # whom other tests have erased
    settings = KafkaSettings.model_validate({"kafka_bootstrap_servers": stack.kafka_bootstrap})
    rebuild: Any = RebuildFromTopics(model, parse, settings, forget=forget)
    assert asyncio.run(rebuild.differences(company.upload.database)) == {"standing": 0}
    assert asyncio.run(rebuild.run(company.upload.database)) > 0
    assert ada.code() == "deactivated"


def test_a_companys_batches_send_so_many_invitations_a_day(company: Company, upload: Upload) -> None:
    """The tests' limit is seven; each of these batches invites two."""
    batches = [company.ready() for _ in range(4)]
    said = [company.call("POST", f"/batches/{batch['id']}/confirm") for batch in batches]
    assert [each.status_code for each in said] == [202, 202, 202, 429]
    assert said[3].json()["code"] == "too_many_for_today" and int(said[3].headers["retry-after"]) > 0
    assert company.batch(batches[3]["id"])["status"] == "ready_for_review", "nothing was done"
    assert company.call("POST", f"/batches/{batches[0]['id']}/confirm").status_code == 202, "again is no more"
    other = upload.company()
    assert other.call("POST", f"/batches/{other.ready()['id']}/confirm").status_code == 202
