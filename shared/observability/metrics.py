"""Prometheus: the process's registry, what every service measures, and `/metrics`."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["DEPENDENCY_UP", "HTTP_SECONDS", "REGISTRY", "TASK_RESTARTS", "metrics_endpoint"]

HTTP_SECONDS = Histogram(
    "usher_http_request_seconds",
    "How long answers took, by route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TASK_RESTARTS = Counter("usher_task_restarts", "Background tasks that failed and were started again.", ["task"])
DEPENDENCY_UP = Gauge("usher_dependency_up", "1 while the dependency answered the last check.", ["dependency"])


async def metrics_endpoint(_: Request) -> Response:
    """All metrics of the process, as Prometheus reads them."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
