"""The cache of Java classes is made once for each JVM with its options, and told of where it is."""

import sys
from pathlib import Path

import pytest

from deploy.devstack import class_cache

JAVA = ("java", "-Xmx1m", "-cp", "a.jar")


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))


class Program:
    """Writes the cache that it is asked for, or ends without."""

    def __init__(self, *, writes: bool = True) -> None:
        self.runs = 0
        self._writes = writes

    def __call__(self, option: str) -> None:
        self.runs += 1
        if self._writes:
            Path(option.removeprefix("-XX:AOTCacheOutput=")).write_bytes(b"classes")


def test_it_is_made_once_and_told_of() -> None:
    program = Program()
    class_cache.make(JAVA, program)
    class_cache.make(JAVA, program)
    (told,) = class_cache.option(JAVA)
    assert Path(told.removeprefix("-XX:AOTCache=")).read_bytes() == b"classes"
    assert program.runs == 1


def test_another_jvm_has_another() -> None:
    class_cache.make(JAVA, Program())
    assert class_cache.option((*JAVA, "-Xint")) == ()


def test_a_program_that_wrote_none_goes_without() -> None:
    class_cache.make(JAVA, Program(writes=False))
    assert class_cache.option(JAVA) == ()
