"""No label of a metric can name somebody."""

from deploy.docgen import metrics_page

BOUNDED = {
    "event", "code",
    "consumer", "topic", "dependency", "method", "route", "status", "outcome", "kind", "work", "reason", "task",
    "state", "decision", "app_name", "broker", "destination", "handler", "exception_type", "wall",
}  # fmt: skip
"""Labels whose values the code and its deployment know: none comes from a caller, a file, a company or a person."""


def test_labels_have_few_values_and_name_nobody() -> None:
    labels = {name: set(each._labelnames) - BOUNDED for name, each in metrics_page.collectors().items()}
    assert {name: more for name, more in labels.items() if more} == {}
