"""The page of all events with their fields and an example each, made from the contracts."""

import json
from collections.abc import Iterator
from typing import Any

from deploy.checkout import ROOT
from usher_contracts import EVENTS, TOPICS, Event, Row, Topic, UndoRow
from usher_contracts.base import Model
from usher_contracts.examples import EXAMPLES, ROW, UNDO_ROW
from usher_contracts.schemas import asyncapi, event_name

PAGE = ROOT / "docs" / "events.md"
_HEAD = """# Events

What Usher tells other services, by topic; how to read it is on [Subscribe](subscribers.md). The same as an AsyncAPI 3
document is `shared/contracts/schemas/asyncapi.json`, with a JSON Schema of each event beside it. This page is made from
the contracts by `./usher docs`; a test fails when it is not up to date.
"""


def page() -> str:
    """The page's text, in Markdown."""
    document = asyncapi()
    schemas: dict[str, dict[str, Any]] = document["components"]["schemas"]
    parts = [_HEAD, _overview(), "## Headers\n", _headers(document)]
    for topic in TOPICS:
        parts += [f"## {topic.name}\n", _of_topic(topic)]
        parts += [part for event in EVENTS if event.topic == topic.name for part in _event(event, schemas)]
    parts += ["## A batch's rows\n", _rows(), "## Values\n"]
    named = {event.__name__ for event in EVENTS}
    parts += [part for name in sorted(schemas.keys() - named) for part in _value(name, schemas[name])]
    return "\n".join(parts)


def _overview() -> str:
    lines = ["| Topic | Written by | Key | Events |", "| --- | --- | --- | --- |"]
    for topic in TOPICS:
        events = ", ".join(f"[{event.__name__}](#{_anchor(event)})" for event in EVENTS if event.topic == topic.name)
        lines.append(f"| `{topic.name}` | {topic.owner} | `{topic.key}` | {events} |")
    return "\n".join([*lines, ""])


def _anchor(event: type[Event]) -> str:
    return event.__name__.lower()


def _headers(document: dict[str, Any]) -> str:
    headers = document["components"]["messageTraits"]["cloudEvent"]["headers"]["properties"]
    rows = [f"| `{name}` | {each['description']} | `{each['examples'][0]}` |" for name, each in headers.items()]
    return "\n".join(["| Header | Says | Example |", "| --- | --- | --- |", *rows, ""])


def _of_topic(topic: Topic) -> str:
    kept = "compacted: the newest record of each key is kept" if topic.compacted else _kept(topic.retention_days)
    return f"Written by {topic.owner}, keyed by `{topic.key}`, {topic.partitions} partitions, {kept}.\n"


def _kept(days: int) -> str:
    return f"kept for {days} days" if days else "kept for ever"


def _event(event: type[Event], schemas: dict[str, dict[str, Any]]) -> Iterator[str]:
    example = next(each for each in EXAMPLES if type(each) is event)
    yield f"### {event.__name__}\n"
    yield f"`{event.type}`. {_described(event)}\n"
    yield _fields(schemas[event.__name__])
    yield _json(example)
    yield f"Schema: `shared/contracts/schemas/{event_name(event)}.json`\n"


def _rows() -> str:
    where = "They lie in the object store, at the `ref` of the event; each line of that object is a `Row`."
    undo = "Of an undo each line is an `UndoRow`."
    return "\n".join([f"{where} {_described(Row)}\n", _json(ROW), f"{undo} {_described(UndoRow)}\n", _json(UNDO_ROW)])


def _value(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    yield f"{' '.join(schema.get('description', '').split())}\n"
    yield _fields(schema)


def _described(model: type[Model]) -> str:
    return " ".join((model.__doc__ or "").split())


def _fields(schema: dict[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [
        f"| `{name}` | {_type(field)}{'' if name in required else ', optional'} | {_says(field)} |"
        for name, field in schema["properties"].items()
    ]
    return "\n".join(["| Field | Type | |", "| --- | --- | --- |", *rows, ""])


def _says(field: dict[str, Any]) -> str:
    return " ".join(str(field.get("description", "")).split()).replace("|", "/")


def _type(field: dict[str, Any]) -> str:
    """A field's type as a person says it."""
    if reference := field.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := field.get("anyOf"):
        return " or ".join(map(_type, choices))
    if values := field.get("enum"):
        return " or ".join(f"`{value}`" for value in values)
    if items := field.get("items"):
        return f"list of {_type(items)}"
    named = {"uuid": "UUID", "date-time": "time"}
    return named.get(field.get("format", ""), str(field.get("type", "any")))


def _json(example: Model) -> str:
    return f"```json\n{json.dumps(json.loads(example.model_dump_json()), indent=2, ensure_ascii=False)}\n```\n"
