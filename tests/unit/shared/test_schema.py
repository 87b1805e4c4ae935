"""Migrations as files: their order, and what they depend on."""

from pathlib import Path

import pytest

from shared.postgres.schema import MECHANISM, read_migrations


def folder(path: Path, **files: str) -> Path:
    path.mkdir()
    for name, sql in files.items():
        (path / f"{name}.sql").write_text(sql)
    return path


def test_the_mechanism_goes_first_and_then_names_decide(tmp_path: Path) -> None:
    first = folder(tmp_path / "b", **{"0002.b": "", "0001.a": ""})
    second = folder(tmp_path / "a", **{"0001.c": "-- depends: 0001.a 0002.b\nSELECT 1", "0003.d": ""})
    assert [each.id for each in read_migrations(first, second)] == ["0001.a", "0002.b", "0001.c", "0003.d"]


def test_what_would_be_applied_before_what_it_depends_on_is_refused(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", **{"0001.a": "-- Why.\n-- depends: 0002.b\n", "0002.b": ""})
    with pytest.raises(ValueError, match=r"0001\.a depends on 0002\.b"):
        read_migrations(own)


def test_no_two_have_the_same_name(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", **{"0001.event-log": ""})
    with pytest.raises(ValueError, match=r"two migrations 0001\.event-log"):
        read_migrations(MECHANISM, own)


@pytest.mark.parametrize("service", sorted(Path("services").glob("*/migrations")), ids=str)
def test_those_of_every_service_can_be_applied_in_their_order(service: Path) -> None:
    assert read_migrations(MECHANISM, service)
