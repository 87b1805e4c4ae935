"""What a service tells about itself: logs, metrics, traces."""

from shared.observability.logs import Redaction, configure_logging
from shared.observability.metrics import REGISTRY, metrics_endpoint
from shared.observability.tracing import configure_tracing, current_traceparent, traceparent_or_new

__all__ = [
    "REGISTRY",
    "Redaction",
    "configure_logging",
    "configure_tracing",
    "current_traceparent",
    "metrics_endpoint",
    "traceparent_or_new",
]
