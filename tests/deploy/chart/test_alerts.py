"""The alerts as Prometheus itself evaluates them: silent while all is well, loud when it is not."""

import shutil
import subprocess
from pathlib import Path

import yaml

from deploy.docgen.chart_files import CHART
from tests.deploy.chart.chart import of_kind
from tests.deploy.chart.programs import promtool

CASES = Path(__file__).with_name("alerts_test.yaml")


def judged(rules: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """What promtool says of the cases, with these rules."""
    shutil.copy(rules, folder / "alerts.yaml")
    shutil.copy(CASES, folder / CASES.name)
    command = (str(promtool()), "test", "rules", CASES.name)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_alerts_are_raised_when_they_should_be(tmp_path: Path) -> None:
    done = judged(CHART / "files" / "alerts.yaml", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_that_see_nothing_of_what_is_gone_fail(tmp_path: Path) -> None:
    blind = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    for rule in blind["groups"][0]["rules"]:
        rule["expr"] = rule["expr"].partition("or absent(")[0]
    (tmp_path / "blind.yaml").write_text(yaml.safe_dump(blind))
    done = judged(tmp_path / "blind.yaml", tmp_path)
    assert done.returncode != 0
    assert "UsherServiceDown" in done.stdout + done.stderr and "UsherNoRelayLeads" in done.stdout + done.stderr


def test_the_charts_rule_is_valid_and_looks_for_its_own_namespace(tmp_path: Path) -> None:
    (rule,) = of_kind("PrometheusRule", "everything").values()
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rule["spec"]))
    command = (str(promtool()), "check", "rules", "rules.yaml")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    expressions = [each["expr"] for each in rule["spec"]["groups"][0]["rules"]]
    absent = [each for each in expressions if "absent(" in each]
    assert len(absent) == 2
    assert all(each.count("absent(") == each.count('{namespace="usher", container="') for each in absent)
