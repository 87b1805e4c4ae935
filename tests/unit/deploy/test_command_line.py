"""The command line says its words at once: what a command needs is imported when it runs."""

import subprocess
import sys

import pytest

from deploy.checkout import ROOT

_LOADED = """
import sys, typer
before = set(sys.modules)
import {entry}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names))
"""


@pytest.mark.parametrize(
    ("entry", "ours"), [("deploy.__main__", {"deploy", "tests"}), ("deploy.operate.__main__", {"deploy"})]
)
def test_its_words_take_no_packages_of_others(entry: str, ours: set[str]) -> None:
    script = _LOADED.format(entry=entry)
    done = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == ours
