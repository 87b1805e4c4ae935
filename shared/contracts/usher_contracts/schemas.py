"""JSON Schemas and the AsyncAPI 3 document, generated from the models. Nothing here is imported at run time."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from usher_contracts.base import Event, Model
from usher_contracts.batches import BatchCheckedAgain
from usher_contracts.catalogue import EVENTS
from usher_contracts.descriptions import described
from usher_contracts.directory import UserState
from usher_contracts.erasures import ErasureRequested, PlacesErased
from usher_contracts.examples import EXAMPLES
from usher_contracts.invitations import (
    BatchCompleted,
    InvitationBounced,
    InvitationFailed,
    InvitationReminded,
    InvitationSent,
)
from usher_contracts.licenses import (
    BatchProcessed,
    CompanyChanged,
    LicenseReservationRejected,
    LicensesReleased,
    LicensesReserved,
    MethodologySeatsReleased,
    MethodologySeatsReserved,
    SeatsRequestAnswered,
    SeatsRequested,
    UndoReviewed,
)
from usher_contracts.rows import Row, UndoRow
from usher_contracts.topics import BATCHES, TOPICS, VALIDATIONS, Topic
from usher_contracts.users import UserErased, UserEvent
from usher_contracts.version import __version__

Mode = Literal["serialization", "validation"]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEADERS = {
    "ce_specversion": ("Always 1.0.", "1.0"),
    "ce_id": ("A UUIDv7. Deduplicate by it: delivery is at least once.", "0190a000-0000-7000-8000-0000000000f1"),
    "ce_source": ("The service that says it.", "/usher/licensing"),
    "ce_type": ("Which event this is; skip the types that you don't know.", "usher.UserInvited.v1"),
    "ce_time": ("When it happened, RFC 3339 in UTC.", "2026-12-04T09:11:00Z"),
    "ce_subject": ("The owner's stream: compare it, don't take it apart.", "user-0190a000-0000-7000-8000-0000000000a1"),
    "ce_companyid": ("The company.", "0190a000-0000-7000-8000-00000000000c"),
    "ce_sequence": ("The owner's position in its log, decimal. It rises within a partition.", "4711"),
    "ce_correlationid": ("The batch or request that it belongs to.", "0190a000-0000-7000-8000-0000000000b1"),
    "ce_causationid": (
        "The event that caused it; absent where a request did.",
        "0190a000-0000-7000-8000-0000000000f0",
    ),
    "traceparent": ("W3C trace context.", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    "content-type": ("How the value is written.", "application/json"),
}


def schema_models() -> dict[str, type[Model]]:
    """Every model that crosses a border, by the name of its schema: events, and the lines of rows objects."""
    return {**{event_name(event): event for event in EVENTS}, "Row.v1": Row, "UndoRow.v1": UndoRow}


def event_name(event: type[Event]) -> str:
    """ "UserInvited.v1" """
    return event.type.removeprefix("usher.")


def json_schema(name: str, mode: Mode = "serialization") -> dict[str, Any]:
    """The schema of one model: of what is written, or of what is read (`validation`: fewer fields are required)."""
    model = schema_models()[name]
    schema = model.model_json_schema(mode=mode)
    described(schema.get("$defs", {}) | {model.__name__: schema})
    return {"$schema": _DIALECT, "$id": f"urn:usher:schema:{name}", **schema}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of everything that Usher publishes."""
    _, definitions = models_json_schema(
        [(event, "serialization") for event in EVENTS], ref_template="#/components/schemas/{model}"
    )
    described(definitions["$defs"])
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Usher's events",
            "version": __version__,
            "description": "What Usher tells other teams' services, as CloudEvents 1.0 in Kafka's binary mode.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"publish.{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {
            "messages": {event_name(type(example)): _message(example) for example in EXAMPLES},
            "schemas": definitions["$defs"],
            "messageTraits": {"cloudEvent": {"headers": _headers_schema()}},
        },
    }


def rendered() -> dict[str, str]:
    """Every generated file: name → text."""
    documents = {f"{name}.json": json_schema(name) for name in schema_models()} | {"asyncapi.json": asyncapi()}
    return {name: json.dumps(document, indent=2, ensure_ascii=False) + "\n" for name, document in documents.items()}


def _channel(topic: Topic) -> dict[str, Any]:
    names = [event_name(event) for event in EVENTS if event.topic == topic.name]
    policy = "compact" if topic.compacted else "delete"
    return {
        "address": topic.name,
        "description": f"Written by {topic.owner} alone, keyed by {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": [policy], "retention.ms": topic.retention_ms},
            }
        },
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"Usher's {topic.owner} publishes.",
    }


def _message(example: Event) -> dict[str, Any]:
    model = type(example)
    topic = next(t for t in TOPICS if t.name == model.topic)
    return {
        "name": model.type,
        "title": model.__name__,
        "summary": " ".join((model.__doc__ or "").split()),
        "contentType": "application/json",
        "traits": [{"$ref": "#/components/messageTraits/cloudEvent"}],
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}}},
        "examples": [
            {"name": model.__name__, "headers": _headers(example), "payload": json.loads(example.model_dump_json())}
        ],
    }


def subject_of(example: Event) -> str:  # noqa: C901  (a case a stream: flat, not complex)
    """An example's ce_subject: the stream of its owner that it stands in. Raises TypeError for an event of which that
    is not said here."""
    match example:
        case InvitationSent() | InvitationFailed() | InvitationBounced() | InvitationReminded():
            return "mail-0190a000-0000-7000-8000-0000000000e1"
        case UserEvent(user_id=user_id) | UserState(user_id=user_id) | UserErased(user_id=user_id):
            return f"user-{user_id}"
        case ErasureRequested(erasure_id=erasure_id) | PlacesErased(erasure_id=erasure_id):
            return f"erasure-{erasure_id}"
        case CompanyChanged() | LicensesReserved() | LicensesReleased():
            return f"ledger-{example.company_id}"
        case MethodologySeatsReserved() | MethodologySeatsReleased():
            return f"pools-{example.company_id}"
        case SeatsRequested(request_id=request_id) | SeatsRequestAnswered(request_id=request_id):
            return f"seat-request-{request_id}"
        case BatchCheckedAgain(request_id=request_id):
            return f"seat-wait-{request_id}"
        case UndoReviewed(batch_id=batch_id):
            return f"undo-{batch_id}"
        case LicenseReservationRejected() | BatchProcessed() | BatchCompleted():
            return f"batch-{example.batch_id}"
        case _ if example.topic in (BATCHES, VALIDATIONS):
            return f"{'batch' if example.topic == BATCHES else 'validation'}-{example.model_dump()['batch_id']}"
        case _:
            raise TypeError(
                f"{type(example).__name__}: say here which stream of its owner it is in, as ce_subject has it"
            )


def _headers(example: Event) -> dict[str, str]:
    """An example's headers: those of all events, with what this one has of its own."""
    topic = next(topic for topic in TOPICS if topic.name == example.topic)
    own = {"ce_source": f"/usher/{topic.owner}", "ce_type": example.type, "ce_subject": subject_of(example)}
    return {name: value for name, (_, value) in _HEADERS.items()} | {**own, "ce_companyid": example.company_id}


def _headers_schema() -> dict[str, Any]:
    properties = {
        name: {"type": "string", "description": text, "examples": [example]}
        for name, (text, example) in _HEADERS.items()
    }
    required = [name for name in _HEADERS if name != "ce_causationid"]
    return {"type": "object", "properties": properties, "required": required}
