"""All that Usher stores, sends and serves under a name, as the running code has it, and the committed list of it.

`PYTHONPATH=.:shared/contracts .venv/bin/python -m tests.names` writes the list anew; with `tables` after it that of the
tables, for which it starts a stack.

Classes, modules and functions may be called anything; what stands here is in databases, on topics, in browsers,
dashboards and deployments that exist already.

Each kind comes from the registry that the application itself goes by. Three have none and are looked for in the source:
the keys of advisory locks, the channels that are listened to, the kinds of objects. Of the keys' texts those that are
listed here are held; a new one is not noticed.
"""

import ast
import asyncio
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints
from uuid import UUID

import msgspec
import psycopg
from fastapi import FastAPI
from pydantic import TypeAdapter

from deploy.docgen import errors_page, metrics_page, settings_page
from deploy.docgen.chart_files import SCHEMA
from deploy.operate.services import SERVICES
from services.licensing.domain.stored_events import (
    confirmation_stream,
    individual_plan_stream,
    licenses_stream,
    user_stream,
)
from services.licensing.main import signer
from services.licensing.settings import LicensingSettings
from services.notification.application import forget_contents
from services.notification.domain import stored_events as notification_streams
from services.notification.domain.mail.identity import mail_id
from services.notification.main import INVITATION_TOKEN
from services.upload.domain.stored_events import stream_of
from services.upload.messages import STALE_REVIEW
from services.upload.web import authentication, date_formats, last_team_view
from services.upload.web.app import PAGES
from services.upload.web.dependencies import SessionCookie
from services.validation.domain.stored_events import stream_of as validation_stream
from shared.eventsourcing import event_store
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.http import callers
from shared.messaging import outbox_relay
from shared.messaging.cloudevents import derived_id, encode
from shared.postgres import schema
from shared.postgres.row_security import role_of
from tests.stack import TestStack, started
from usher_contracts import Event
from usher_contracts.schemas import json_schema, schema_models
from usher_contracts.topics import TOPICS

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "contracts" / "names.json"
TABLES = ROOT / "tests" / "contracts" / "tables.json"

ANEW = "PYTHONPATH=.:shared/contracts .venv/bin/python -m tests.names"

Names = dict[str, str]
"""Of one kind: each name, and what belongs to it and must stay as well."""
ID = UUID(int=7)


@dataclass(frozen=True, slots=True)
class Kind:
    """Names of one kind. `breaks`: what breaks when one of them changes, for the message of the test."""

    found: Callable[[], Names]
    breaks: str


@cache
def applications() -> Mapping[str, FastAPI]:
    """The four services as their composition roots build them, connected to nothing."""

    async def built() -> dict[str, FastAPI]:
        roots = {service: import_module(f"services.{service}.main").build for service in SERVICES}
        return {service: build(get_type_hints(build)["settings"]()) for service, build in roots.items()}

    return asyncio.run(built())


def stored_events() -> Names:
    found: Names = {}
    for service in SERVICES:
        types: Any = import_module(f"services.{service}.main").event_store(None).types
        for cls, name in types._names.items():
            schema = msgspec.json.schema(cls) if issubclass(cls, msgspec.Struct) else TypeAdapter(cls).json_schema()
            found |= _described(f"{service}: {name}", "", schema)
        found |= {f"{service}: {name}": "lifted to its successor" for name in types._upcasters}
    return found


def _described(name: str, what: str, schema: Any) -> Names:
    """A document by its name, and each of its fields with what it may hold. No class is named: it may be called
    anything."""
    fields: dict[str, set[str]] = {}
    for path, kind in _leaves(schema, schema.get("$defs", {}), ""):
        fields.setdefault(path, set()).add(kind)
    return {name: what, **{f"{name}: {path}": " | ".join(sorted(kinds)) for path, kinds in fields.items() if path}}


def _leaves(part: Any, definitions: Any, path: str, within: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Every field of a JSON Schema by its path, with what it may be."""
    if "$ref" in part:
        title = part["$ref"].rpartition("/")[2]
        if title not in within:
            yield from _leaves(definitions[title], definitions, path, (*within, title))
    elif options := part.get("anyOf") or part.get("oneOf"):
        for option in options:
            yield from _leaves(option, definitions, path, within)
    elif "items" in part and isinstance(part["items"], dict):
        yield from _leaves(part["items"], definitions, f"{path}[]", within)
    elif part.get("properties"):
        for name, its in part["properties"].items():
            yield from _leaves(its, definitions, f"{path}.{name}".lstrip("."), within)
    else:
        yield path, _type(part)


def _type(part: Any) -> str:
    if "enum" in part or "const" in part:
        return " | ".join(str(value) for value in part.get("enum", [part.get("const")]))
    kinds = part.get("type", "anything")
    return " ".join([*([kinds] if isinstance(kinds, str) else kinds), *([part["format"]] if "format" in part else [])])


def stream_names() -> Names:
    mail = mail_id("SOURCE", "RECIPIENT", "KIND")
    return {
        "upload: a batch": stream_of("BATCH"),
        "validation: a batch": validation_stream("BATCH"),
        "licensing: a company": licenses_stream(ID),
        "licensing: a user": user_stream(ID),
        "licensing: an individual plan": individual_plan_stream("someone@northwind.example"),
        "licensing: a confirmation": confirmation_stream(ID),
        "notification: a mail": notification_streams.mail_stream(mail),
        "notification: a batch": notification_streams.batch_stream("BATCH"),
        "notification: a company": notification_streams.company_stream("COMPANY"),
    }


def topics() -> Names:
    def said(one: Any) -> str:
        config = ", ".join(f"{key}={value}" for key, value in one.config.items())
        return f"of {one.owner}, by {one.key}, {one.partitions} partitions, {config}"

    return {topic.name: said(topic) for topic in TOPICS}


def contracts() -> Names:
    found: Names = {}
    for name, model in schema_models().items():
        where = f"{model.type} on {model.topic}" if issubclass(model, Event) else "a line of an object of rows"
        found |= _described(name, where, json_schema(name))
    return found


def message_headers() -> Names:
    context = Context("CORRELATION", "CAUSATION", "TRACEPARENT", "COMPANY", datetime(2026, 1, 1, tzinfo=UTC))
    recorded = Recorded(ID, "STREAM", 1, None, context, 1)
    (wire,) = encode("SERVICE", recorded, [Outgoing(TOPICS[0].name, "KEY", "TYPE", b"{}")])
    found = {name: value.decode() for name, value in wire.headers}
    return {**found, "ce_id of a second message": str(derived_id(ID, TOPICS[0].name))}


def consumers() -> Names:
    found: Names = {}
    for app in applications().values():
        for inbox in app.state.connections.inboxes:
            heard = inbox.subscription
            found[inbox.consumer] = f"{heard.topic}: {', '.join(sorted(heard.types))}"
    return found


def groups() -> Names:
    every = [one for app in applications().values() for one in app.state.connections.broker.subscribers]
    return {one.group_id: one.topics[0].name for one in every}


def projections() -> Names:
    found: Names = {}
    for service in SERVICES:
        for one in import_module(f"services.{service}.main").event_store(None).projections:
            found[f"{service}: {one.name}"] = f"from its own log: {', '.join(one.tables)}"
        for one in getattr(import_module(f"services.{service}.main"), "READ_MODELS", ()):
            fed = ", ".join(feed.consumer for feed in one.feeds)
            found[f"{service}: {one.name}"] = f"from {fed}: {', '.join(one.tables)}"
    return found


def tasks() -> Names:
    return {f"{service}: {name}": "" for service, app in applications().items() for name in _runs(app)}


def job_kinds() -> Names:
    workers = {service: _runs(app).get("worker") for service, app in applications().items()}
    return {f"{service}: {kind}": "" for service, run in workers.items() if run for kind in run.__self__._handlers}


def _runs(app: FastAPI) -> Mapping[str, Any]:
    runs: Any = app.state.connections.tasks
    return runs._runs


def checkpoints() -> Names:
    return {
        outbox_relay.READER: "how far the relay has published",
        forget_contents.READER: "up to where what mails said is forgotten",
    }


def metrics() -> Names:
    every = metrics_page.collectors().items()
    return {name: f"{one._type}: {', '.join(one._labelnames)}".rstrip(": ") for name, one in every}


def locks() -> Names:
    """Numbers are constants. Named keys are texts that SQL hashes: the SQL's expressions and the f-strings that are
    handed to them, as the source has them."""
    module: Any = schema
    numbers = {"positions": event_store.APPEND_LOCK, "relay": outbox_relay.LEADER_LOCK, "migrations": module._LOCK}
    found = {f"number of {name}": str(number) for name, number in numbers.items()}
    for text in _texts():
        found |= {f"name in SQL: {part}": "" for part in re.findall(r"hashtextextended\((.+?), 0\)", text)}
    written = set(_texts())
    return found | {f"name: {one}": "" for one in _LOCK_NAMES if one in written}


_LOCK_NAMES = ("company-{}", "seat-waits-{}", "invitations-{}", "idempotency {} {} {}", "dead letter {} {}")


@cache
def _texts() -> Sequence[str]:
    """Every text in the source, its places as {}."""
    return [text for path in _sources() for text in _texts_of(_tree(path))]


@cache
def _sources() -> Sequence[Path]:
    return [path for folder in ("services", "shared") for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _texts_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def channels() -> Names:
    """Whatever is listened to: the channels are constants, and which ones, the calls in the source say."""
    return {name: "" for path in _sources() for name in _heard(path)}


def _heard(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Call(func=ast.Attribute(attr="wakeups"), args=[channel]):
                yield from _values_of(channel, path)
            case ast.Call(func=ast.Name(id="watch"), args=[_, channel, *_]):
                yield from _values_of(channel, path)
            case _:
                pass


def _values_of(named: ast.expr, path: Path) -> Iterator[str]:
    """What a module's constant is; nothing for a parameter."""
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    match named:
        case ast.Name(id=name) if hasattr(module, name):
            yield getattr(module, name)
        case ast.Attribute(value=ast.Name(id=other), attr=name):
            yield getattr(getattr(module, other), name)
        case _:
            pass


def objects() -> Names:
    """The kinds are those that `Blobs.put` is called with: the source says so."""
    kinds = {kind for path in _sources() for kind in _kinds_put(path)}
    form = next(text for text in _texts() if text == "{}/{}/{}")
    return {form.format("COMPANY", kind, "SHA256"): "" for kind in kinds}


def _kinds_put(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="put", value=ast.Attribute(attr="blobs" | "_blobs")),
                args=[_, ast.Constant(value=str() as kind), _],
            ):
                yield kind
            case _:
                pass


def paths() -> Names:
    found: dict[str, set[str]] = {}
    for service, app in applications().items():
        for path, methods in app.openapi()["paths"].items():
            found.setdefault(f"{service}: {path}", set()).update(method.upper() for method in methods)
        for route in app.routes:
            if hasattr(route, "endpoint"):
                found.setdefault(f"{service}: {_path(route)}", set()).update(_methods(route))
    for page in PAGES:
        for route in page.router.routes:
            found.setdefault(f"pages: {_path(route)}", set()).update(_methods(route))
    return {path: " ".join(sorted(methods - {"HEAD"})) for path, methods in found.items()}


def _path(route: Any) -> str:
    return str(route.path)


def _methods(route: Any) -> set[str]:
    return set(route.methods or ())


def operations() -> Names:
    """What clients made from the documents call their functions."""
    return {
        f"{service}: {operation['operationId']}": f"{method.upper()} {path}"
        for service, app in applications().items()
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


def settings() -> Names:
    found: dict[str, tuple[str, list[str]]] = {}
    for service in SERVICES:
        reads = settings_page.settings_of(service)
        fields = _described("", "", reads.model_json_schema())
        for name, field in reads.model_fields.items():
            kind = next(kind for path, kind in fields.items() if path in (f": {name}", f": {name}[]"))
            found.setdefault(f"USHER_{name.upper()}", (kind, []))[1].append(service)
            assert not field.is_required(), "a setting without a default: say so here"
    return {
        name: f"{kind}; of {'all' if whose == list(SERVICES) else ', '.join(whose)}"
        for name, (kind, whose) in found.items()
    }


def codes() -> Names:
    found = {f"{status} {code}": "over HTTP" for status, code in errors_page.answers()}
    found |= dict.fromkeys((*errors_page.FILE, STALE_REVIEW.code), "of a file")
    found |= dict.fromkeys(errors_page.ROWS, "of a row or a form")
    return found | dict.fromkeys(errors_page.WARNINGS, "a warning")


def cookies() -> Names:
    here, there = SessionCookie(production=False, lasts=None), SessionCookie(production=True, lasts=None)  # pyright: ignore[reportArgumentType]
    return {
        here.name: "a session, in development",
        here.pending: "a sign-in under way, in development",
        there.name: "a session",
        there.pending: "a sign-in under way",
        **dict.fromkeys(get_args(last_team_view.Shape), "where somebody was in My Team"),
        date_formats.ZONE_COOKIE: "the browser's time zone",
    }


def headers() -> Names:
    """Ours over HTTP. Those that are standard or a library's are left out."""
    spelled = {text for text in _texts() if re.fullmatch(r"(X-(Request-Id|Usher-\w+|CSRF-\w+)|Idempotency-Key)", text)}
    return dict.fromkeys(sorted({*spelled, callers.HEADER, authentication.CSRF_HEADER}), "")


def identities() -> Names:
    sent = signer(LicensingSettings.model_validate({}))
    return {
        **{role_of(service): f"the role of {service} in its database" for service in SERVICES},
        INVITATION_TOKEN: "the purpose under which links are signed",
        sent.purpose: "the purpose under which links are signed",
    }


def chart_values() -> Names:
    document = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return dict(_values(document, document, ""))


def _values(document: Any, part: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Every value by its path. Settings under their own names are a kind of their own."""
    for name, its in part.get("properties", {}).items():
        path = f"{prefix}{name}"
        if name.startswith("USHER_"):
            continue
        target = document["$defs"][its["$ref"].rpartition("/")[2]] if "$ref" in its else its
        yield path, _type(target)
        yield from _values(document, target, f"{path}.")
        yield from _values(document, target.get("items", {}), f"{path}[].")


KINDS: Mapping[str, Kind] = {
    "stored events": Kind(stored_events, "reading what the log holds under that name"),
    "streams": Kind(stream_names, "finding the history that is stored under that name"),
    "topics": Kind(topics, "what is on the topic already, and every subscriber"),
    "contract events": Kind(contracts, "every subscriber of that event"),
    "headers of messages": Kind(message_headers, "every subscriber, and recognising what was read before"),
    "consumers": Kind(consumers, "where the consumer goes on: it would begin again, and its dead letters be nobody's"),
    "consumer groups": Kind(groups, "where the group goes on, and its rights on Kafka"),
    "projections": Kind(projections, "`usher rebuild` as the runbooks have it"),
    "background tasks": Kind(tasks, "the alerts on tasks that are started again"),
    "job kinds": Kind(job_kinds, "the jobs that wait under that name"),
    "checkpoint readers": Kind(checkpoints, "how far the reader has come: everything would be published again"),
    "metrics": Kind(metrics, "dashboards and alerts"),
    "advisory locks": Kind(locks, "replicas of two versions beside each other: each would hold a lock of its own"),
    "notification channels": Kind(channels, "replicas of two versions beside each other: neither would hear the other"),
    "object keys": Kind(objects, "finding objects that are there, and clearing away those that nobody needs"),
    "paths": Kind(paths, "programs, bookmarks and links in mails"),
    "operations": Kind(operations, "clients that were made from the OpenAPI document"),
    "settings": Kind(settings, "every deployment that sets it"),
    "error codes": Kind(codes, "programs that go by the code"),
    "cookies": Kind(cookies, "sessions of those who are signed in"),
    "headers": Kind(headers, "programs, and services of two versions beside each other"),
    "roles and purposes": Kind(identities, "signing in to the database, and links in mails that were sent"),
    "chart values": Kind(chart_values, "every deployment that gives it"),
}


def found() -> dict[str, Names]:
    """All kinds of names but those of tables."""
    return {name: kind.found() for name, kind in KINDS.items()}


_COLUMNS = """
SELECT table_name AS t, column_name AS c, concat_ws(' ', CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END,
       CASE is_nullable WHEN 'NO' THEN 'not null' END, 'default ' || column_default)
FROM information_schema.columns WHERE table_schema = 'public'
"""
_INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def tables(stack: TestStack, service: str) -> Names:
    """The tables, columns and indexes that a service's migrations make."""
    url = stack.postgres_url(service)
    try:
        with psycopg.connect(url) as connection:
            columns = connection.execute(_COLUMNS).fetchall()
            indexes = connection.execute(_INDEXES).fetchall()
    finally:
        stack.drop(url)
    kept = [row for row in (*columns, *indexes) if not re.match(r"_?yoyo", row[0])]
    return {f"{table}: {name}": definition for table, name, definition in kept}


def committed(path: Path) -> dict[str, Names]:
    """The list as it was written last."""
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: Path, names: Mapping[str, Names]) -> None:
    """Writes the list anew."""
    path.write_text(json.dumps(names, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def differences(known: Mapping[str, str], now: Mapping[str, str], breaks: str, anew: str) -> list[str]:
    """A sentence for each name that went away, means something else, or is new."""
    gone = [
        f"`{name}` went away. Renaming it breaks {breaks}. Put it back." for name in sorted(known.keys() - now.keys())
    ]
    changed = [
        f"`{name}` was `{known[name]}` and is now `{now[name]}`: that may break {breaks}. "
        f"If it is meant and nothing breaks, run `{anew}`."
        for name in sorted(known.keys() & now.keys())
        if known[name] != now[name]
    ]
    new = [
        f"`{name}` is new. If it is not an old name renamed, run `{anew}` and commit the list."
        for name in sorted(now.keys() - known.keys())
    ]
    return gone + changed + new


if __name__ == "__main__":
    if sys.argv[1:] == ["tables"]:
        with started(services=()) as ready:
            write(TABLES, {service: tables(ready, service) for service in SERVICES})
    else:
        write(LIST, found())
