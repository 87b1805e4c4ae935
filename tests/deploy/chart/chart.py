"""The chart as Helm renders it, for tests that ask what it says."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import yaml

from deploy.docgen.chart_files import CHART
from tests.deploy.chart.programs import KUBERNETES, helm

VALUES = sorted(path.stem for path in (CHART / "ci").glob("*.yaml"))
"""The named value files."""

Object = dict[str, Any]


def values_file(name: str) -> Path:
    """The file of that name."""
    return CHART / "ci" / f"{name}.yaml"


def run_helm(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Helm's answer, whatever it is."""
    return subprocess.run((str(helm()), *arguments), capture_output=True, text=True, check=False, env=env)


@cache
def rendered(name: str, *given: str) -> str:
    """All manifests of a release called usher with that value file, and with further `--set`s."""
    return _rendered(CHART, name, given)


def _rendered(chart: Path, name: str, given: Sequence[str]) -> str:
    more = [part for each in given for part in ("--set", each)]
    done = run_helm("template", "usher", str(chart), "--namespace", "usher", "--kube-version", KUBERNETES,
                    "--values", str(values_file(name)), *more)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def notes(name: str, *given: str) -> str:
    """What Helm prints after such an install."""
    with TemporaryDirectory() as folder:
        chart = Path(folder) / "usher"
        shutil.copytree(CHART, chart)
        # Helm prints notes only where there is a cluster: as a manifest they are rendered without.
        shutil.copy(chart / "templates" / "NOTES.txt", chart / "notes.tpl")
        wrapped = 'kind: Notes\ntext: {{ tpl (.Files.Get "notes.tpl") . | toJson }}\n'
        (chart / "templates" / "notes.yaml").write_text(wrapped)
        (notes,) = [one["text"] for one in _objects(_rendered(chart, name, given)) if one["kind"] == "Notes"]
        return notes


def objects(name: str, *given: str) -> list[Object]:
    """The same as objects."""
    return _objects(rendered(name, *given))


def _objects(manifests: str) -> list[Object]:
    return [one for one in yaml.safe_load_all(manifests) if one]


def of_kind(kind: str, name: str, *given: str) -> dict[str, Object]:
    """Those of one kind, by their names."""
    return {one["metadata"]["name"]: one for one in objects(name, *given) if one["kind"] == kind}


def pod_specs(name: str, *given: str) -> dict[str, Object]:
    """Every pod that the chart would make: those of its deployments, jobs and tests, by kind and name."""
    found = objects(name, *given)
    templates = {
        f"{o['kind']}/{o['metadata']['name']}": o["spec"]["template"] for o in found if "template" in o.get("spec", {})
    }
    pods = {f"Pod/{o['metadata']['name']}": o for o in found if o["kind"] == "Pod"}
    return {**{k: t for k, t in templates.items() if k.startswith(("Deployment/", "Job/"))}, **pods}


def objects_in(thing: Any, path: str = "") -> Iterator[tuple[str, Object]]:
    """Every object within, itself included, with its path."""
    if isinstance(thing, list):
        for each in cast("list[Any]", thing):
            yield from objects_in(each, path)
    elif isinstance(thing, dict):
        whole = cast(Object, thing)
        yield path, whole
        for key, each in whole.items():
            yield from objects_in(each, f"{path}.{key}".lstrip("."))


def secrets(pod: Object) -> set[str]:
    """Every secret that a pod names, in whatever way."""
    found: set[str] = set()
    for _, thing in objects_in(pod):
        found |= {thing[key]["name"] for key in ("secretKeyRef", "secretRef") if key in thing}
        found |= {thing["secret"]["secretName"]} if "secret" in thing else set()
        found |= {each["name"] for each in thing.get("imagePullSecrets", [])}
    return found
