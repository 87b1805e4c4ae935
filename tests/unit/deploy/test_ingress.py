"""The chart's ingress leads every call to the service that answers it."""

import re

import pytest

from deploy.checkout import ROOT
from tests.names import applications

TEMPLATE = (ROOT / "deploy" / "chart" / "templates" / "ingress.yaml").read_text(encoding="utf-8")


def led_to(path: str) -> str:
    """The service that the longest prefix of the path leads to, as Kubernetes looks for it: whole parts of a path."""
    listed = re.search(r"range \$path := list (.*?) \}\}", TEMPLATE)
    assert listed
    prefixes = {f"/api/v1/{name}": "licensing" for name in re.findall(r'"([^"]+)"', listed[1])}
    own = re.findall(r"- path: (/\S*)\n\s+pathType: Prefix\n.*?usher\.fullname\" \$ \}\}-(\w+)", TEMPLATE)
    prefixes |= {prefix.rstrip("/"): service for prefix, service in own if "{{" not in prefix}
    found = [prefix for prefix in prefixes if path == prefix or path.startswith(f"{prefix}/")]
    return prefixes[max(found, key=len)]


@pytest.mark.parametrize("service", ["upload", "licensing", "notification"])
def test_every_call_comes_to_its_service(service: str) -> None:
    paths = [path for path in applications()[service].openapi()["paths"] if not path.startswith("/internal")]
    assert paths
    astray = [path for path in paths if led_to(path) != service]
    assert astray == []
