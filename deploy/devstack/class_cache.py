"""A program's Java classes, loaded and linked once for all its starts: the JVM's ahead-of-time cache (JEP 514)."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory


def option(java: Sequence[str]) -> tuple[str, ...]:
    """How a JVM of these arguments is told of its cache: nothing where there is none."""
    file = _file(java)
    return (f"-XX:AOTCache={file}",) if file.exists() else ()


def make(java: Sequence[str], run: Callable[[str], None]) -> None:
    """Makes the cache where there is none. `run` runs the program with one more option of the JVM until it is ready,
    and ends it in good order: the JVM writes the cache as it ends. Raises what `run` raises."""
    file = _file(java)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="usher-classes-") as folder:
        made = Path(folder) / "classes.aot"
        run(f"-XX:AOTCacheOutput={made}")
        if made.exists():
            beside = file.with_suffix(f".{os.getpid()}")
            shutil.move(made, beside)
            beside.replace(file)


def _file(java: Sequence[str]) -> Path:
    """One for each JVM, its options and classes: another's is refused."""
    release = Path(java[0]).parent.parent / "release"
    version = release.read_text() if release.exists() else ""
    digest = hashlib.sha256("\0".join((version, *java)).encode()).hexdigest()[:16]
    return Path(sys.prefix) / "share" / "usher" / f"{digest}.aot"
