"""The page of all metrics, made from the code that measures."""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from prometheus_client import REGISTRY

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from shared.core.settings import ServiceSettings
from shared.messaging.broker import make_broker

PAGE = ROOT / "docs" / "metrics.md"
_HEAD = """# Metrics

Every process serves its own at `/metrics`, in Prometheus' format, beside those of Python and of the process itself. No
label names a company or a person. Gauges of a service as a whole (lag, unpublished events, what waits) are measured by
each replica alike: take their maximum; counters and histograms are added up.

What is alerted on, and what to do then, is in the [runbooks](runbooks/README.md).
This page is made from the code by `./usher docs`; a test fails when it is not up to date.
"""
_KINDS = {"counter": "counter", "gauge": "gauge", "histogram": "histogram"}


def page() -> str:
    """The page's text, in Markdown."""
    found = collectors()
    places = {name: _place(collector) for name, collector in found.items()}
    parts = [_HEAD]
    for title, place in (("Every service", ""), *((service, service) for service in SERVICES)):
        mine = {name: collector for name, collector in found.items() if places[name] == place}
        if mine:
            parts += [f"## {title}\n", _table(mine)]
    return "\n".join(parts)


def collectors() -> Mapping[str, Any]:
    """Every metric of ours with its collector, by the name that is queried (a histogram's without its suffix)."""
    for service in SERVICES:
        import_module(f"services.{service}.main")
    make_broker(ServiceSettings(), "docs")  # FastStream's own come with a broker
    registered: Any = REGISTRY
    kept = {id(each): each for each in registered._collector_to_names if hasattr(each, "_labelnames")}
    found = {_name(each): each for each in kept.values()}
    return {name: found[name] for name in sorted(found) if name.startswith("usher_")}


def _name(collector: Any) -> str:
    return collector._name + ("_total" if collector._type == "counter" else "")


def _place(collector: Any) -> str:
    """The service whose module holds it; "" for what is shared."""
    for name, module in list(sys.modules.items()):
        if name.startswith("services.") and any(value is collector for value in list(vars(module).values())):
            return name.split(".")[1]
    return ""


def _table(found: Mapping[str, Any]) -> str:
    return "\n".join(["| Metric | Kind | Labels | Says |", "| --- | --- | --- | --- |", *_rows(found), ""])


def _rows(found: Mapping[str, Any]) -> Iterator[str]:
    for name, each in found.items():
        labels = ", ".join(f"`{label}`" for label in each._labelnames)
        says = each._documentation.rstrip(".").replace("|", "/")
        yield f"| `{name}` | {_KINDS[each._type]} | {labels} | {says} |"
