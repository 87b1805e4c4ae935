"""What a service tells about itself: logs, metrics, traces."""

from shared.observability.logs import configure_logging, redact
from shared.observability.metrics import REGISTRY, metrics_endpoint
from shared.observability.tracing import configure_tracing, current_traceparent, traceparent_or_new

__all__ = [
    "REGISTRY",
    "configure_logging",
    "configure_tracing",
    "current_traceparent",
    "metrics_endpoint",
    "redact",
    "traceparent_or_new",
]
