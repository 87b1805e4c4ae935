"""What code generators make of the OpenAPI documents: names that are ours and stay, files that are files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from services.licensing.main import build as build_licensing
from services.licensing.settings import LicensingSettings
from services.notification.main import build as build_notification
from services.notification.settings import NotificationSettings
from services.upload.main import build as build_upload
from services.upload.settings import UploadSettings

NAMES = Path(__file__).parents[1] / "contracts" / "http-names.json"
"""Every schema's name and every enum's title in the documents. Added to, never edited: clients have types of these."""

SERVICES = ("upload", "licensing", "notification")
Document = dict[str, Any]


async def documents() -> dict[str, Document]:
    """All three, of services that are connected to nothing. Within a loop, which Kafka's client asks for."""
    upload = UploadSettings.model_validate(_told(UploadSettings))
    licensing = LicensingSettings.model_validate(_told(LicensingSettings))
    notification = NotificationSettings.model_validate(_told(NotificationSettings))
    return {
        "upload": build_upload(upload).openapi(),
        "licensing": build_licensing(licensing).openapi(),
        "notification": build_notification(notification).openapi(),
    }


def _told(settings: type[UploadSettings | LicensingSettings | NotificationSettings]) -> dict[str, object]:
    nowhere = "http://127.0.0.1:1"
    told = {
        "development": True, "kafka_bootstrap_servers": "127.0.0.1:1", "database_url": "postgresql://127.0.0.1:1/none",
        "oidc_issuer": nowhere, "blob_url": "memory://", "public_url": nowhere,
        "licensing_url": nowhere, "session_key": "s" * 48, "invitation_key": "i" * 48,
    }  # fmt: skip
    return {name: value for name, value in told.items() if name in settings.model_fields}


@pytest.fixture(scope="module")
def found() -> dict[str, Document]:
    return anyio.run(documents)


def inside(part: Any) -> Iterator[dict[str, Any]]:
    """A document's objects, all the way down."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(part, list):
        for one in part:  # pyright: ignore[reportUnknownVariableType]
            yield from inside(one)


def enums(document: Document) -> Iterator[dict[str, Any]]:
    """Every schema that lists its values, where it is one: the examples and the properties of that name are none."""
    return (one for one in inside(document) if isinstance(one.get("enum"), list))


def names(document: Document) -> dict[str, list[str]]:
    """What a generator calls its types."""
    titles = {str(one.get("title")) for one in enums(document)}
    return {"schemas": sorted(document["components"]["schemas"]), "enums": sorted(titles)}


@pytest.mark.parametrize("service", SERVICES)
def test_a_schemas_name_is_ours_and_its_title(found: dict[str, Document], service: str) -> None:
    schemas = found[service]["components"]["schemas"]
    assert {name: schema["title"] for name, schema in schemas.items()} == {name: name for name in schemas}
    assert all(re.fullmatch(r"([A-Z][a-z]+)+", name) for name in schemas)


@pytest.mark.parametrize("service", SERVICES)
def test_every_enum_has_a_title_and_a_title_means_one_thing(found: dict[str, Document], service: str) -> None:
    meanings: dict[str, set[tuple[str, ...]]] = {}
    for one in enums(found[service]):
        assert re.fullmatch(r"([A-Z][a-z]+)+", one.get("title", "")), one
        meanings.setdefault(one["title"], set()).add(tuple(one["enum"]))
    assert all(len(values) == 1 for values in meanings.values()), meanings
    assert not meanings.keys() & found[service]["components"]["schemas"].keys()


@pytest.mark.parametrize("service", SERVICES)
def test_no_name_that_a_client_has_a_type_of_goes_away(found: dict[str, Document], service: str) -> None:
    assert names(found[service]) == json.loads(NAMES.read_text())[service]


def test_a_download_says_what_it_is(found: dict[str, Document]) -> None:
    downloads = {
        path: operation["get"]["responses"]["200"]["content"]
        for document in found.values()
        for path, operation in document["paths"].items()
        if path.endswith((".xlsx", ".csv"))
    }
    assert len(downloads) >= 5
    for path, content in downloads.items():
        (media_type,) = content
        assert media_type.startswith("text/csv" if path.endswith(".csv") else "application/vnd.openxmlformats")
        text = {} if path.endswith(".xlsx") else {"type": "string"}
        assert content[media_type]["schema"] == (text or {"type": "string", "format": "binary"})


def test_an_answer_without_content_is_a_204(found: dict[str, Document]) -> None:
    for document in found.values():
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for status, answer in operation["responses"].items():
                    assert status in ("204", "304") or answer.get("content"), f"{method} {path} {status}"
