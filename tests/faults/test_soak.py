"""Hours of work with faults in between: no promise is broken, and nothing that is counted grows."""

from pathlib import Path

import pytest

from deploy.checkout import ROOT
from tests.faults.evidence import Evidence
from tests.faults.harness import harnessed
from tests.faults.soak import Record, soak


def test_nothing_is_broken_and_nothing_grows(
    request: pytest.FixtureRequest, seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    minutes = float(str(request.config.getoption("--soak")))
    folder = ROOT / ".usher" / "soak"
    folder.mkdir(parents=True, exist_ok=True)
    record = Record(folder / f"{seed}.jsonl")
    record.file.unlink(missing_ok=True)
    with harnessed() as harness:
        record = Record(record.file)
        soak(harness, Evidence(harness), minutes, seed, record)
    picture: Path = record.file.with_suffix(".svg")
    record.draw(picture)
    with capsys.disabled():
        print(f"{len(record.batches)} batches, {len(record.faults)} faults in {minutes:.0f} minutes: {picture}")
    assert record.broken == []
    assert record.grown() == []
