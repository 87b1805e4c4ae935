"""Carries out a Dockerfile without an engine: each stage is a copy of a base root, each RUN happens inside it.

An instruction, a flag or a form that is not known here is an error, never passed over.
"""

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

AUTHORITY = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
_INSIDE = "/etc/ssl/certs/ca-certificates.crt"
_LONG_SECONDS = 20.0
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass
class Image:
    """A stage as it is built; at the end: what an engine would start."""

    root: Path
    base: str
    environment: dict[str, str] = field(default_factory=dict[str, str])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    arguments: dict[str, str] = field(default_factory=dict[str, str])
    folder: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list[str])
    command: list[str] = field(default_factory=list[str])
    health: list[str] = field(default_factory=list[str])
    ports: list[int] = field(default_factory=list[int])

    def inside(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / (Path(self.folder) / path).as_posix().lstrip("/")


@dataclass
class Builder:
    """Builds one Dockerfile. `base` is the root that stands for every base image; `work` takes the stages' roots."""

    file: Path
    context: Path
    base: Path
    work: Path
    given: dict[str, str] = field(default_factory=dict[str, str])
    kept: Path | None = None
    """Where the results of RUNs that took long are kept for the next build."""
    stages: list[Image] = field(default_factory=list[Image])
    names: dict[str, Image] = field(default_factory=dict[str, Image])
    before: dict[str, str] = field(default_factory=dict[str, str])
    digest: str = ""
    """Of everything that the present state of the stage comes from."""
    used: set[str] = field(default_factory=set[str])

    def build(self) -> Image:
        """The last stage. Raises ValueError for what is not understood, CalledProcessError for a RUN that failed."""
        for name, rest in instructions(self.file):
            carry_out: Callable[[str], None] | None = getattr(self, f"_{name.lower()}", None)
            if carry_out is None:
                raise ValueError(f"{name} is not known here")
            self.digest = hashlib.sha256(f"{self.digest} {name} {rest}".encode()).hexdigest()
            carry_out(rest)
        self._forget_others()
        return self.stages[-1]

    @property
    def _now(self) -> Image:
        return self.stages[-1]

    def _expand(self, text: str) -> str:
        known = {**self._now.arguments, **self._now.environment} if self.stages else self.before
        return _VARIABLE.sub(lambda found: known[found[1]], text)

    def _arg(self, rest: str) -> None:
        name, _, default = rest.partition("=")
        value = self.given.get(name, default or self.before.get(name, ""))
        (self._now.arguments if self.stages else self.before)[name] = value

    def _from(self, rest: str) -> None:
        image, *named = _VARIABLE.sub(lambda found: self.before[found[1]], rest).split()
        root = self.work / f"stage-{len(self.stages)}"
        _copy_root(self.base, root)
        self.stages.append(Image(root, image, {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"}))
        match named:
            case []:
                pass
            case ["AS" | "as", name]:
                self.names[name] = self._now
            case _:
                raise ValueError(f"FROM {rest} is not understood")

    def _env(self, rest: str) -> None:
        self._now.environment |= _pairs(self._expand(rest))

    def _label(self, rest: str) -> None:
        self._now.labels |= _pairs(self._expand(rest))

    def _workdir(self, rest: str) -> None:
        self._now.folder = rest
        self._now.inside("").mkdir(parents=True, exist_ok=True)

    def _user(self, rest: str) -> None:
        self._now.user = rest

    def _expose(self, rest: str) -> None:
        self._now.ports = [int(port) for port in rest.split()]

    def _entrypoint(self, rest: str) -> None:
        self._now.entrypoint = json.loads(rest)

    def _cmd(self, rest: str) -> None:
        self._now.command = json.loads(rest)

    def _healthcheck(self, rest: str) -> None:
        self._now.health = json.loads(rest.partition("CMD ")[2])

    def _copy(self, rest: str) -> None:
        *sources, target = rest.split()
        origin = None
        if sources[0].startswith("--from="):
            origin = self.names[sources.pop(0).removeprefix("--from=")]
        if any(source.startswith("--") for source in sources):
            raise ValueError(f"COPY {rest} is not understood")
        for source in sources:
            self._copy_one(origin.inside(source) if origin else self.context / source, target, origin is None)

    def _copy_one(self, source: Path, target: str, filtered: bool) -> None:
        ignored = Ignored(self.context)
        self.digest = hashlib.sha256(f"{self.digest} {_content(source) if filtered else ''}".encode()).hexdigest()
        if filtered and (not source.exists() or ignored(source)):
            raise ValueError(f"COPY {source}: it is not there, or .dockerignore keeps it away")
        there = self._now.inside(target)
        if source.is_file():
            there = there / source.name if target.endswith("/") else there
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, there)
            return

        def leave(folder: str, names: list[str]) -> list[str]:
            return [name for name in names if filtered and ignored(Path(folder) / name)]

        shutil.copytree(source, there, symlinks=True, ignore=leave, dirs_exist_ok=True)

    def _run(self, rest: str) -> None:
        now = self._now
        if now.user != "0":
            raise ValueError("RUN after USER is not known here")
        if self.kept and (known := self.kept / f"run-{self.digest}").exists():
            self.used.add(known.name)
            shutil.rmtree(now.root)
            _copy_root(known, now.root)
            return
        began = time.monotonic()
        self._really_run(now, rest)
        if self.kept and time.monotonic() - began > _LONG_SECONDS:
            self.used.add(f"run-{self.digest}")
            _copy_root(now.root, self.kept / f"run-{self.digest}")

    def _forget_others(self) -> None:
        for old in self.kept.glob("run-*") if self.kept else ():
            if old.name not in self.used:
                shutil.rmtree(old)

    def _really_run(self, now: Image, rest: str) -> None:
        # As an engine does it, the machine's names; and whom the machine trusts, where it has an authority of its own.
        mounts = (
            f"mount --bind /etc/resolv.conf {now.root}/etc/resolv.conf && mount --bind {AUTHORITY} {now.root}{_INSIDE}"
        )
        environment = {**now.arguments, **now.environment, **_package_index()}
        inner = ("chroot", str(now.root), "/bin/sh", "-c", f"cd {now.folder} && {rest}")
        script = f"mount -t proc proc {now.root}/proc && {mounts} && exec {shlex.join(inner)}"
        subprocess.run(("/usr/bin/unshare", "--mount", "/bin/sh", "-c", script), env=environment, check=True)


def _copy_root(source: Path, target: Path) -> None:
    fresh = target.with_name(f"new-{target.name}")
    shutil.rmtree(fresh, ignore_errors=True)  # of a build that was killed
    subprocess.run(("cp", "-a", "--reflink=auto", str(source), str(fresh)), check=True)
    fresh.rename(target)


def _content(path: Path) -> str:
    """A digest of a file, or of a folder's files and their names."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    digests = [f"{each} {hashlib.sha256(each.read_bytes()).hexdigest()}" for each in files if each.suffix != ".pyc"]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _package_index() -> dict[str, str]:
    """How pip reaches an index from this machine: a mirror's address is the machine's, not the Dockerfile's."""
    return {name: value for name in ("PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT") if (value := os.environ.get(name))}


def instructions(file: Path) -> list[tuple[str, str]]:
    """Name and rest of each instruction, with continued lines joined as they are."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", "", text)
    found = [line.strip().partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in found]


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in shlex.split(text))


class Ignored:
    """Whether .dockerignore keeps a path away: the last line that names it, or a folder above it, decides."""

    def __init__(self, context: Path) -> None:
        self._context = context
        lines = (context / ".dockerignore").read_text().splitlines()
        self._lines = [line for line in lines if line and not line.startswith("#")]

    def __call__(self, path: Path) -> bool:
        relative = path.relative_to(self._context)
        ignored = False
        for line in self._lines:
            if _matches(relative, line.removeprefix("!")):
                ignored = not line.startswith("!")
        return ignored and not self._leads_to_kept(relative)

    def _leads_to_kept(self, relative: Path) -> bool:
        kept = [Path(line[1:]) for line in self._lines if line.startswith("!")]
        return any(relative in path.parents for path in kept)


def _matches(path: Path, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(fnmatch(part, pattern.removeprefix("**/")) for part in path.parts)
    return any(fnmatch(str(each), pattern) and each.parts != () for each in (path, *path.parents) if str(each) != ".")
