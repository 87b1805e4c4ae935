"""What a service tells about itself: logs, metrics, traces; and the `Context` that a request brings."""

from shared.observability.logs import configure_logging, redact
from shared.observability.metrics import REGISTRY, metrics_endpoint
from shared.observability.middleware import CorrelationMiddleware, new_context
from shared.observability.tracing import configure_tracing, current_traceparent, traceparent_or_new

__all__ = [
    "REGISTRY",
    "CorrelationMiddleware",
    "configure_logging",
    "configure_tracing",
    "current_traceparent",
    "metrics_endpoint",
    "new_context",
    "redact",
    "traceparent_or_new",
]
