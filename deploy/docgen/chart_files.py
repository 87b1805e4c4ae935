"""What the Helm chart knows of the code, written from the code: topics, who reads and writes them, ports, settings.

Helm reads files and nothing else, so these are committed; a test fails when they are not up to date.
"""

import asyncio
import json
from importlib import import_module
from typing import Any, get_type_hints

from deploy.checkout import ROOT
from deploy.docgen import settings_page
from deploy.operate.services import SERVICES
from shared.core.settings import ServiceSettings
from shared.postgres.row_security import role_of
from usher_contracts.topics import TOPICS

CHART = ROOT / "deploy" / "chart"
FACTS = CHART / "files" / "facts.json"
SCHEMA = CHART / "values.schema.json"

GIVEN = frozenset(
    f"USHER_{name}"
    for name in (
        *(
            "BLOB_URL",
            "CRASH_POINTS",
            "DATABASE_URL",
            "ENVIRONMENT",
            "HEALTH_PORT",
            "HOST",
            "PORT",
            "PUBLIC_URL",
            "SHUTDOWN_SECONDS",
        ),
        *("UPLOAD_URL", "LICENSING_URL", "VALIDATION_URL", "NOTIFICATION_URL"),
        *("OIDC_AUDIENCE", "OIDC_CLIENT_ID", "OIDC_ISSUER"),
        *("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_CA_FILE", "KAFKA_SASL_MECHANISM", "KAFKA_SECURITY_PROTOCOL"),
        *("KAFKA_USERNAME", "BOUNCE_DOMAIN", "LMTP_PORT"),
    )
)
"""Settings that the chart has values of its own for, beside all secret ones. The rest go by their own names."""


def facts() -> str:
    """The file of facts, as JSON. Cannot be called where an event loop runs."""
    return _json(
        {
            "topics": {
                topic.name: {"owner": topic.owner, "partitions": topic.partitions, "config": topic.config}
                for topic in TOPICS
            },
            "services": asyncio.run(_services()),
        }
    )


def schema() -> str:
    """The values' schema with the settings that may be given in it; all else stands in it by hand."""
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    shared = _settings(ServiceSettings)
    document["$defs"]["sharedSettings"]["properties"] = shared
    for service in SERVICES:
        every = _settings(settings_page.settings_of(service))
        own = {name: field for name, field in every.items() if name not in shared}
        document["$defs"][f"{service}Settings"]["properties"] = own
    return _json(document)


async def _services() -> dict[str, Any]:
    return {service: _service(service) for service in SERVICES}


def _service(service: str) -> dict[str, Any]:
    """A service as its composition root builds it; it connects to nothing."""
    build = import_module(f"services.{service}.main").build
    settings: ServiceSettings = get_type_hints(build)["settings"]()
    subscribers: list[Any] = list(build(settings).state.connections.broker.subscribers)
    return {
        "port": type(settings).model_fields["port"].default,
        "role": role_of(service),
        "writes": sorted(topic.name for topic in TOPICS if topic.owner == service),
        "reads": sorted(
            ({"group": one.group_id, "topic": one.topics[0].name} for one in subscribers),
            key=lambda read: read["group"],
        ),
    }


def _settings(kind: type[ServiceSettings]) -> dict[str, Any]:
    found = kind.model_json_schema()["properties"]
    fields = {
        f"USHER_{name.upper()}": _plain(found[name])
        for name in sorted(kind.model_fields)
        if found[name].get("format") != "password" and "password" not in json.dumps(found[name])
    }
    return {name: field for name, field in fields.items() if name not in GIVEN}


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """What an environment variable may be: an unset one is None already, and a list is text."""
    options: list[dict[str, Any]] = [option for option in field.get("anyOf", []) if option.get("type") != "null"]
    merged: dict[str, Any] = {**(options[0] if options else {}), **field}
    kept = ("type", "enum", "minimum", "maximum", "exclusiveMinimum", "description")
    plain: dict[str, Any] = {key: merged[key] for key in kept if key in merged}
    return {**plain, "type": "string"} if plain.get("type") == "array" else plain


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
