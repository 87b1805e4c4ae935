"""Alerts, their runbooks and the dashboard speak of what there is."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from deploy.docgen import metrics_page, settings_page
from deploy.operate.services import SERVICES

ROOT = Path(__file__).parents[3]
FILES = ROOT / "deploy" / "chart" / "files"
RUNBOOKS = ROOT / "docs" / "runbooks"
OTHERS = {"up"}
"""Metrics that Prometheus makes itself."""
_OF_HISTOGRAMS = re.compile(r"_(bucket|count|sum)$")


def rules() -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = yaml.safe_load((FILES / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> Iterator[tuple[str, str]]:
    """Title and expression of each line of the dashboard."""
    board: dict[str, Any] = json.loads((FILES / "dashboard.json").read_text())
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            # Grafana's own variables, as it replaces them before Prometheus sees them.
            yield panel["title"], target["expr"].replace("$__rate_interval", "5m").replace("$namespace", ".*")


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in rules()] + list(panels())
PAGES = sorted(RUNBOOKS.glob("*.md"))


def measured() -> set[str]:
    """Every name that can be queried."""
    found = metrics_page.collectors()
    histograms = {name for name, each in found.items() if each._type == "histogram"}
    suffixed = {f"{name}_{suffix}" for name in histograms for suffix in ("bucket", "count", "sum")}
    return set(found) - histograms | suffixed | OTHERS


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_an_expression_is_promql_and_asks_for_what_is_measured(name: str, expression: str) -> None:
    promql_parser.parse(expression)
    asked = set(re.findall(r"\busher_\w+", expression)) | {name for name in OTHERS if f"{name}{{" in expression}
    assert asked and asked <= measured(), name


COUNTERS_AT_THE_START = """
import asyncio
from importlib import import_module
from typing import get_type_hints
from prometheus_client import REGISTRY
from shared.sandbox.metrics import warm
from shared.sandbox.pool import Sandbox

async def build():
    for service in ("upload", "licensing", "validation", "notification"):
        build = import_module(f"services.{service}.main").build
        build(get_type_hints(build)["settings"]())
    async with warm(Sandbox(slots=1), "read"):
        pass

asyncio.run(build())
for family in REGISTRY.collect():
    for sample in family.samples:
        if family.type == "counter" and sample.name.endswith("_total"):
            print(sample.name, sample.value)
"""


def test_what_an_alert_counts_is_there_before_it_is_counted() -> None:
    """`increase` sees no series that is born at 1: the first of something would alert nobody."""
    command = (sys.executable, "-c", COUNTERS_AT_THE_START)
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    started = dict(line.split() for line in done.stdout.splitlines() if line.startswith("usher_"))
    asked = {name for rule in rules() for name in re.findall(r"increase\((\w+)", rule["expr"])}
    assert len(asked) >= 5
    assert asked <= started.keys()
    assert {started[name] for name in asked} == {"0.0"}


def test_a_service_whose_series_are_all_gone_is_seen() -> None:
    for alert, metric in (("UsherServiceDown", "up"), ("UsherNoRelayLeads", "usher_relay_leads")):
        (expression,) = [rule["expr"] for rule in rules() if rule["alert"] == alert]
        assert set(re.findall(rf'absent\({metric}\{{container="(\w+)"\}}\)', expression)) == set(SERVICES)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_has_its_runbook(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule["annotations"]["summary"].endswith(".") and re.fullmatch(r"\d+m", rule["for"])
    page = ROOT / rule["annotations"]["runbook"]
    assert page == RUNBOOKS / f"{rule['alert']}.md"
    heads = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    assert heads == ["What it means", "How to look", "What to do"]


def test_the_list_of_runbooks_is_that_of_the_alerts() -> None:
    alerts = [rule["alert"] for rule in rules()]
    assert re.findall(r"^\| \[(\w+)\]\(\w+\.md\)", (RUNBOOKS / "README.md").read_text(), re.MULTILINE) == alerts
    assert {page.stem for page in PAGES} == {*alerts, "README"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_names_metrics_settings_and_pages_that_exist(page: Path) -> None:
    text = page.read_text()
    settings = set(re.findall(r"`(USHER_\w+)`", settings_page.page()))
    known = measured() | {_OF_HISTOGRAMS.sub("", name) for name in measured()}
    assert set(re.findall(r"\bUSHER_[A-Z_]+", text)) <= settings
    assert set(re.findall(r"\busher_[a-z_]+", text)) <= known
    for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", text):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_names_lines_that_are_logged(page: Path) -> None:
    code = "".join(file.read_text() for part in ("shared", "services") for file in (ROOT / part).rglob("*.py"))
    text = re.sub(rf"`({'|'.join(SERVICES)})\.[a-z-]+`", "", page.read_text())  # consumers
    said = re.findall(r"`([a-z]+[._][a-z_]+)`", text)
    unknown = [each for each in said if not each.startswith(("usher_", "pg_")) and f'"{each}"' not in code]
    assert set(unknown) <= {"trace_id", "request_id", "event_id", "correlation_id"}
