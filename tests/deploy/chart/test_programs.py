"""What the tests of the chart stand on is there on a machine that never ran them."""

from pathlib import Path

import pytest

from tests.deploy.chart.programs import source


def test_a_modules_files_are_fetched_where_the_machine_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOMODCACHE", str(tmp_path))
    found = source("helm", "github.com/yannh/kubeconform")
    assert found.is_relative_to(tmp_path)
    assert (found / "go.mod").exists()
