"""What the replicas of a service say at /metrics, and whether they are there at all."""

from collections.abc import Collection, Sequence

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.outside import eventually
from tests.patience import PATIENCE
from tests.stack import TestStack


def urls(stack: TestStack, service: str) -> Sequence[str]:
    """Where each of a service's processes answers."""
    found = stack.endpoints[service]
    return [one["url"] for one in found.get("processes", [found])]


def back(stack: TestStack, service: str, killed: Collection[int]) -> None:
    """Returns when a service has others in place of these processes, and all of them answer: whoever comes next finds
    a whole stack."""
    eventually(lambda: not set(killed) & set(stack.pids(service)), f"other processes of {service}")
    eventually(lambda: all(map(_ready, urls(stack, service))), f"{service} is back")


def each(stack: TestStack, service: str, sample: str, **labels: str) -> list[float]:
    """A sample in each of a service's processes, in their order; 0 where it is not there. Labels that are not named are
    summed over."""
    answers = [httpx.get(f"{url}/metrics", timeout=PATIENCE) for url in urls(stack, service)]
    return [_sum(answer.raise_for_status().text, sample, labels) for answer in answers]


def open_streams(stack: TestStack) -> int:
    """What somebody reads, of both services, as they count it."""
    return int(sum(sum(each(stack, service, "usher_streams_open")) for service in ("upload", "licensing")))


def applied(stack: TestStack, service: str) -> list[float]:
    """How many records each of a service's processes has applied."""
    return each(stack, service, "usher_inbox_records_total", outcome="applied")


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


def _sum(text: str, sample: str, labels: dict[str, str]) -> float:
    return sum(
        found.value
        for family in text_string_to_metric_families(text)
        for found in family.samples
        if found.name == sample and labels.items() <= found.labels.items()
    )
