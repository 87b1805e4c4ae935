"""docs/security.md says where each promise is kept and proven: what it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_every_file_that_it_names_is_there() -> None:
    paths = {name for name in NAMED if re.fullmatch(r"(shared|services|tests|deploy)/[\w./-]+|requirements\.txt", name)}
    assert len(paths) > 30
    assert not [path for path in sorted(paths) if not (ROOT / path).exists()]


def test_every_test_that_it_names_is_there() -> None:
    named = {name for name in NAMED if re.fullmatch(r"test_\w+", name)}
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text(), re.MULTILINE)
    }
    assert len(named) > 60
    assert not sorted(named - there)
