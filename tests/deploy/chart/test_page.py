"""The commands of docs/kubernetes.md, as they stand there, in a real API server."""

import os
import re
import shlex
from pathlib import Path

import pytest

from deploy.checkout import ROOT
from tests.deploy.chart.chart import run_helm
from tests.deploy.chart.cluster import Cluster
from tests.deploy.chart.hands import Hands

PAGE = ROOT / "docs" / "kubernetes.md"


def blocks(language: str) -> list[str]:
    """The page's blocks of code."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^ {{{len(indent)}}}", "", block, flags=re.MULTILINE) for indent, block in found]


def test_every_command_does_what_the_page_says(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (values,) = blocks("yaml")
    (tmp_path / "values.yaml").write_text(values)
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    assert [command[:2] for command in commands] == [
        ["helm", each] for each in ("install", "test", "upgrade", "rollback", "uninstall")
    ]
    with Hands(cluster, "usher", 4).busy():
        for _, *arguments in commands:
            done = run_helm(*arguments, env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)})
            assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_names_every_value_file() -> None:
    text = PAGE.read_text()
    named = set(re.findall(r"`([a-z-]+)\.yaml`", text)) - {"values"}
    assert {path.stem for path in (ROOT / "deploy" / "chart" / "ci").glob("*.yaml")} == named
