"""Helm, kubeconform, promtool, Kubernetes and what stands beside it, as Go modules: built once a machine, outside of
the repository.

Versions and hashes are in tools/*/go.mod and go.sum. The API server takes the longest: half an hour on two busy cores.
"""

import hashlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parent / "tools"
CACHE = Path(os.environ.get("USHER_DEPLOY_CACHE") or Path.home() / ".cache" / "usher-deploy") / "kubernetes"
KUBERNETES = "v1.36.3"

NODE = ("kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler", "kubectl")
_CNI = "github.com/containernetworking/plugins/plugins"
CNI = {"bridge": f"{_CNI}/main/bridge", "loopback": f"{_CNI}/main/loopback", "host-local": f"{_CNI}/ipam/host-local"}

_VERSION = "k8s.io/component-base/version"
_STAMPED = f"-X {_VERSION}.gitVersion={KUBERNETES} -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36"
"""A build of a module does not know its release, and clients ask the server for it."""


class Missing(Exception):
    """What the tests of the deployment need and this machine does not have, in one sentence."""


def helm() -> Path:
    """Helm itself."""
    return _built("helm", "helm.sh/helm/v3/cmd/helm")


def kubeconform() -> Path:
    """The validator of manifests."""
    return _built("helm", "github.com/yannh/kubeconform/cmd/kubeconform")


def promtool() -> Path:
    """Prometheus' own tester of rules."""
    return _built("promtool", "github.com/prometheus/prometheus/cmd/promtool")


def apiserver() -> Path:
    """Kubernetes' API server."""
    return _built("apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", _STAMPED)


def etcd() -> Path:
    """What it keeps everything in."""
    return _built("apiserver", "go.etcd.io/etcd/server/v3")


def node(name: str) -> Path:
    """One of NODE: what makes a machine a node, and what decides over nodes."""
    return _built("node", f"k8s.io/kubernetes/cmd/{name}", _STAMPED)


def cni(name: str) -> Path:
    """One of CNI: the plugins that give a pod its network."""
    return _built("cni", CNI[name])


def names() -> Path:
    """CoreDNS, with the plugins that tools/names/main.go has."""
    return _built("names", "usher.example/names")


def policies() -> Path:
    """kube-router, which enforces network policies."""
    return _built("policies", "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router")


def kubernetes_source() -> Path:
    """Kubernetes' own module, with its OpenAPI documents."""
    return source("apiserver", "k8s.io/kubernetes")


def source(module: str, dependency: str) -> Path:
    """The files of what a module depends on; fetched where the machine has not built with it yet. Raises Missing."""
    return Path(go_json(_module(module), "mod", "download", "-json", dependency)["Dir"])


def go_json(folder: Path, *arguments: str) -> dict[str, Any]:
    """What a go command says as JSON. Raises Missing."""
    return json.loads(_go(folder, *arguments))


@cache
def _built(module: str, package: str, linked: str = "") -> Path:
    folder = _module(module)
    parts = [part for part in package.split("/") if part not in ("v3", "server")]
    program = CACHE / "bin" / f"{parts[-1]}-{folder.name}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_suffix(f".{os.getpid()}")
        _go(folder, "build", "-ldflags", linked, "-o", str(fresh), package)
        fresh.rename(program)
    return program


@cache
def _module(name: str) -> Path:
    """The module's files in a folder of the cache, named after what they say."""
    files = sorted((TOOLS / name).iterdir())
    told = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = CACHE / f"{name}-{told}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder / file.name)
    return folder


def _go(folder: Path, *arguments: str) -> str:
    if not shutil.which("go"):
        raise Missing("The tests of the chart build Helm and an API server: install Go 1.26 or newer.")
    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false -p=2"}
    done = subprocess.run(
        ("nice", "go", *arguments), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Missing(f"go {' '.join(arguments)} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout
