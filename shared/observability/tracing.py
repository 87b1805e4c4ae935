"""OpenTelemetry traces: W3C context in and out always, exported only where an OTLP endpoint is configured."""

import os
import re
import secrets
import socket
from collections.abc import Mapping

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

FRAMEWORKS_OWN: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""`FastAPI(telemetry=…)` of every application here: none of its own. Its spans carry addresses with all that stands in
them, personal links and searched names too; ours (shared/http/request_context.py) carry routes."""

_COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROPAGATOR = TraceContextTextMapPropagator()
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def configure_tracing(service: str) -> TracerProvider:
    """The process's tracer provider, made once; spans leave it only where `exported` says so."""
    present = trace.get_tracer_provider()
    if isinstance(present, TracerProvider):
        return present
    provider = TracerProvider(resource=Resource.create(_resource(service)))
    if exported(os.environ):
        # Imported here: it costs start-up time, and most installations begin without a collector.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def exported(environment: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's own variables name a collector (and do not turn it off again)."""
    off = environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none"
    return not off and any(environment.get(name) for name in _COLLECTORS)


def _resource(service: str) -> dict[str, str]:
    return {
        "service.name": os.environ.get("OTEL_SERVICE_NAME") or f"usher-{service}",
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
    }


def extract(traceparent: str | None, tracestate: str | None = None) -> TraceContext:
    """The trace that a caller's header continues; an empty one when there is none or it makes no sense."""
    carrier = {"traceparent": traceparent or "", **({"tracestate": tracestate} if tracestate else {})}
    return _PROPAGATOR.extract(carrier, TraceContext())


def current_traceparent() -> str:
    """The W3C `traceparent` of what runs now; a new one where no span is open."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(span: trace.Span) -> str:
    """A span's W3C `traceparent`; a new one of a span that is none."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(span, TraceContext()))
    return traceparent_or_new(carrier.get("traceparent"))


def traceparent_or_new(traceparent: str | None) -> str:
    """The given `traceparent` if it is one, else the beginning of a new trace."""
    if traceparent and _TRACEPARENT.fullmatch(traceparent):
        return traceparent
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
