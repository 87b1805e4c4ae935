"""What `usher migrate` says where it cannot do its work."""

from pathlib import Path

import pytest

from deploy.operate.errors import CommandError
from deploy.operate.migrate import migrate


def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("USHER_DATABASE_URL", "postgresql://127.0.0.1:1/upload")
    with pytest.raises(CommandError, match="upload's database cannot be reached, or does not let its owner in") as said:
        migrate("upload", tmp_path)
    assert "\n" not in str(said.value)
