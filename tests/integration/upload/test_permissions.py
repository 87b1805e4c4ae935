"""Who may what is said by Usher: upload goes by what licensing has granted, as soon as it has said so."""

import asyncio
import time
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

import usher_contracts as contracts
from services.upload.application.event_handlers import READ_MODELS
from services.upload.application.known_admins import KnownAdmins
from services.upload.main import SERVICE
from shared.core.settings import KafkaSettings
from shared.http.auth import Principal
from shared.messaging.rebuild_from_topics import RebuildFromTopics
from shared.people.access import PermissionsFrom
from shared.postgres import row_security
from shared.postgres.database import SESSION_SETTINGS
from tests.integration.upload.conftest import Company, Upload, soon
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import parse

MANAGES = ("manage_users",)


class Granted:
    """A company whose signed-in admin has what licensing says, and a token that claims nothing."""

    def __init__(self, upload: Upload) -> None:
        self.company = upload.company()
        self.email = f"ada@{self.company.id[:8]}.example"
        self.claiming, self.company.token = self.company.token, upload.stack.token(self.company.id, self.email)
        self.told: dict[str, Any] = {"user_id": str(uuid4()), "email": self.email, "company_id": self.company.id}
        self.has: tuple[str, ...] = ()

    def say(self, event: type[contracts.UserEvent], **more: Any) -> None:
        self.company.upload.others.say(event(**self.told, **more))

    def permitted(self, *permissions: str, status: str | None = "active") -> None:
        before, self.has = self.has, permissions
        self.say(contracts.UserPermissionsChanged, from_=before, to=permissions, status=status)

    def code(self, method: str = "GET", path: str = "/batches") -> str | None:
        """The code of the refusal that a call is answered with; None where it is none."""
        answer = self.company.call(method, path)
        return None if answer.is_success else answer.json()["code"]


@pytest.fixture
def ada(by_directory: Upload) -> Granted:
    return Granted(by_directory)


def test_who_was_granted_the_permission_is_let_in_at_once_and_out_when_it_is_taken(ada: Granted) -> None:
    ada.permitted(*MANAGES)
    assert ada.code() is None, "what licensing has said is waited for before anybody is turned away"
    batch = ada.company.ready()
    ada.permitted("manage_reports")
    one = f"/batches/{batch['id']}"
    assert ada.code("POST", f"{one}/confirm") == "forbidden", "at once, where it can't be taken back"
    soon(lambda: ada.code() == "forbidden")
    for method, path in (
        *(("GET", path) for path in ("/template.xlsx", "/batches", one, f"{one}/rows", f"{one}/events")),
        *(("POST", path) for path in ("/batches", f"{one}/confirm", f"{one}/revalidate", f"{one}/cancel")),
    ):
        assert ada.code(method, path) == "forbidden", path
    ada.company.token = ada.claiming
    assert ada.code() == "forbidden", "whatever the token claims"
    ada.permitted(*MANAGES)
    assert ada.code() is None
    assert ada.company.batch(batch["id"])["status"] == "ready_for_review"


def test_only_who_is_active_may_anything(ada: Granted) -> None:
    ada.permitted(*MANAGES, status="waiting")
    assert ada.code() == "forbidden"
    ada.say(contracts.UserActivated)
    assert ada.code() is None
    ada.say(contracts.UserDeactivated)
    soon(lambda: ada.code() == "deactivated")
    ada.say(contracts.UserReactivated)
    assert ada.code() is None
    event = contracts.UserPermissionsChanged(**ada.told, from_=MANAGES, to=(), status="active")
    ada.company.upload.others.say(event, event_id="0190a000-0000-7000-8000-0000000000bb")
    soon(lambda: ada.code() == "forbidden")
    ada.permitted(*MANAGES)
    ada.company.upload.others.say(event, event_id="0190a000-0000-7000-8000-0000000000bb")
    assert ada.code() is None, "what is heard twice changes nothing"
    ada.say(contracts.InvitationCancelled)
    soon(lambda: ada.code() == "forbidden")


def test_an_open_stream_ends_when_its_reader_loses_the_permission(ada: Granted) -> None:
    ada.permitted(*MANAGES)
    batch, beginning, ended = ada.company.ready(), list[str](), list[float]()

    def read() -> None:
        url = f"{ada.company.upload.url}/api/v1/batches/{batch['id']}/events"
        bearer = {"Authorization": f"Bearer {ada.company.token}"}
        with httpx.stream("GET", url, headers=bearer, timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                beginning.append(line)
        ended.append(time.monotonic())

    reading = Thread(target=read, daemon=True)
    reading.start()
    soon(lambda: beginning)
    ada.permitted()
    reading.join(timeout=PATIENCE)
    assert ended, "it goes on"
    assert ada.code("GET", f"/batches/{batch['id']}/events") == "forbidden"


def test_by_the_token_nothing_of_it_counts(company: Company) -> None:
    email = f"ada@{company.id[:8]}.example"
    told: dict[str, Any] = {"user_id": str(uuid4()), "email": email, "company_id": company.id}
    company.upload.others.say(contracts.UserPermissionsChanged(**told, from_=MANAGES, to=(), status="active"))
    batch = company.ready()
    assert company.call("POST", f"/batches/{batch['id']}/confirm").status_code == 202


def test_who_lost_the_permission_is_asked_for_no_approval(ada: Granted) -> None:
    """By the token: whose was taken away here. By the directory: also who was never granted it."""
    who = Principal("ada", ada.email, "Ada", ada.company.id, frozenset(), frozenset(), "", issuer="i")
    ben = Principal("ben", f"ben@{ada.company.id[:8]}.example", "Ben", ada.company.id, frozenset(), frozenset(), "")

    def others(by: PermissionsFrom) -> list[str]:
        async def ask() -> list[str]:
            import asyncpg

            url = ada.company.upload.database
            async with asyncpg.create_pool(url, min_size=1, server_settings=SESSION_SETTINGS) as pool:
                admins = KnownAdmins(pool, permissions_from=by)
                await admins.note(who)
                return [each.email for each in await admins.others(ben)]

        with row_security.within(ada.company.id):
            return asyncio.run(ask())

    assert (others("token"), others("directory")) == ([ada.email], [])
    ada.permitted(*MANAGES)
    assert ada.code() is None
    assert (others("token"), others("directory")) == ([ada.email], [ada.email])
    ada.permitted("manage_reports")
    soon(lambda: ada.code() == "forbidden")
    assert (others("token"), others("directory")) == ([], [])


def test_it_is_rebuilt_from_the_topic(ada: Granted, stack: TestStack) -> None:
    ada.permitted(*MANAGES)
    assert ada.code() is None
    (model,) = [each for each in READ_MODELS if each.name == "permissions"]
    rebuild: Any = RebuildFromTopics(
        model, parse, KafkaSettings.model_validate({"kafka_bootstrap_servers": stack.kafka_bootstrap})
    )
    assert SERVICE == "upload" and asyncio.run(rebuild.differences(ada.company.upload.database)) == {"permissions": 0}
    assert asyncio.run(rebuild.run(ada.company.upload.database)) > 0
    assert ada.code() is None
