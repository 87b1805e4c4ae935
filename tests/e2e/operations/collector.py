"""A small OpenTelemetry collector: takes OTLP over HTTP and keeps every span."""

import gzip
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it came. `instance`: the process. `links`: ids of other traces that it has links to."""

    service: str
    instance: str
    trace: str
    id: str
    parent: str
    name: str
    error: str
    attributes: Mapping[str, Any]
    links: frozenset[str]


@dataclass
class Collector:
    """What was sent so far: spans, and the bytes that they came in."""

    url: str
    spans: list[Seen] = field(default_factory=list[Seen])
    bodies: list[bytes] = field(default_factory=list[bytes])

    def take(self, body: bytes) -> None:
        """Keeps one request."""
        self.bodies.append(body)
        self.spans += read(body)

    def trace(self, trace: str) -> list[Seen]:
        """The spans of one trace so far."""
        return [span for span in self.spans if span.trace == trace]


def read(body: bytes) -> Sequence[Seen]:
    """The spans of one request."""
    request: Any = ExportTraceServiceRequest.FromString(body)
    return [
        _seen(_attributes(resource.resource.attributes), span)
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _seen(about: Mapping[str, Any], span: Any) -> Seen:
    return Seen(
        about["service.name"],
        about["service.instance.id"],
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.status.message if span.status.code == 2 else "",
        _attributes(span.attributes),
        frozenset(link.trace_id.hex() for link in span.links),
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextmanager
def collecting() -> Generator[Collector]:
    """A collector at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            collector.take(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """A line for each request helps nobody here."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
