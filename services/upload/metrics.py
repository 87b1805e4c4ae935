"""What upload measures."""

from prometheus_client import Histogram

COMPLETION_SECONDS = Histogram(
    "usher_batch_completion_seconds",
    "From an admin's confirmation until the last of the batch's invitations was sent or given up.",
    buckets=(1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600, 14400),
)
